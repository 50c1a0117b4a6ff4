import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.archive.layout import escape
from bipro_sync.model.naming import FIELDS, USUAL, NameTemplate


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{insurer}/{file}", "must name {shipment}"),
        ("{insurer}/{shipment}/{file", "has a brace"),
        ("{insurer}/{shipment}/{file}/{vsnr}", "may name"),
        ("{insurer}/{shipment}/{file!r}", "may name"),
        ("{insurer}/{shipment}/{file:>90}", "may name"),
        ("/{insurer}/{shipment}/{file}", "must be a path below"),
        ("../{insurer}/{shipment}/{file}", "must be a path below"),
        ("{insurer}//{shipment}/{file}", "must be a path below"),
        (".{insurer}/{shipment}/{file}", "must be a path below"),
        ("{insurer}/{shipment}/{file}\0", "may hold"),
        ("{insurer}\\{shipment}_{file}", "may hold"),
        (5, "must be a template"),
    ],
)
def test_a_template_that_leads_elsewhere_or_names_two_files_alike_is_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        NameTemplate.parse(text)


@given(ids=st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_different_shipments_get_different_paths_below_the_target(ids):
    template = NameTemplate.parse(USUAL)
    values = dict.fromkeys(FIELDS, "x")
    paths = {template.path(values | {"shipment": escape(each)}) for each in ids}
    assert len(paths) == 2
    assert all(not path.is_absolute() and ".." not in path.parts and len(path.parts) == 4 for path in paths)
