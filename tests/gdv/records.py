"""Records of any part for the tests of this room: blank but for what tells the part, and what a test puts in."""

from bipro_sync.gdv import parts


def record(part, values=None):
    """Return a record of *part* with these bytes in the fields of these keys."""
    cells = bytearray(b" " * 256)
    if "Sparte" in part.by_key or "Produkt" in part.by_key:
        cells[10:13] = (part.line or "040").encode()
    for field in part.fields:
        if field.constant and not field.is_sign:
            cells[field.place] = field.constant.encode()
    for key, data in (values or {}).items():
        field = part.field(key)
        cells[field.place] = data.ljust(field.length)
    return bytes(cells)


def header(versions=None):
    """Return a header record that names these versions, by the column they begin in."""
    cells = bytearray(b"000199999".ljust(255) + b"1")
    for start, version in (versions or {}).items():
        cells[start - 1 : start + 2] = version
    return bytes(cells)


def one_of_each():
    """Return a record of each part."""
    return [record(part) for part in parts()]
