import json

import pytest


@pytest.fixture
def house(office, tmp_path):
    """An office that hands over to a directory which another system watches."""
    office.target = tmp_path / "dms"
    office.target.mkdir(mode=0o750)
    office.target.chmod(0o770)

    def hands_over(name="dms", **section):
        values = {"target": str(office.target)} | section
        office.head = office.head.split("[handover.")[0] + f"[handover.{name}]\n"
        office.head += "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        if office.insurers:
            office.write_config()

    def lying(root=None):
        """What lies in the target, by path; what is under way is left out."""
        root = root or office.target
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and ".bipro-sync" not in path.parts
        }

    office.hands_over, office.lying = hands_over, lying
    hands_over()
    return office
