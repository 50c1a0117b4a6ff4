"""Fields by shapes are what a plain walk through the tree finds, for any tree."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bipro_sync.bipro.soap.element import Element, Tree
from bipro_sync.bipro.soap.shapes import split
from bipro_sync.model.shipment import Field


BIPRO = "http://www.bipro.net/namespace/transfer"
TAGS = st.sampled_from(["a", "b", "{urn:n}a", f"{{{BIPRO}}}a", f"{{{BIPRO}}}Datei", "Datei", "Daten", "{urn:n}Daten"])
ATTRIBUTES = st.dictionaries(st.sampled_from(["x", "{urn:n}x", "y"]), st.sampled_from(["", "1"]), max_size=2)
TEXTS = st.sampled_from([None, "", " ", "1", " zwei "])


def grown(tag, attributes, text, children):
    node = etree.Element(tag, attributes)
    node.text = text
    node.extend(children)
    return node


LEAVES = st.builds(grown, TAGS, ATTRIBUTES, TEXTS, st.just([]))
TREES = st.recursive(LEAVES, lambda inner: st.builds(grown, TAGS, ATTRIBUTES, TEXTS, st.lists(inner, max_size=4)))


def walked(node, leave_out, path="", *, outermost=True):
    """The fields as their definition says it, one element after the other."""
    found = []
    for name, value in node.items():
        namespace, local = split(name)
        found.append(Field(f"{path}/@{local}" if path else f"@{local}", value, namespace))
    if split(node.tag)[1] == "Daten" and node.getparent() is not None and split(node.getparent().tag)[1] == "Datei":
        return found
    seen = Counter()
    for child in node:
        namespace, name = split(child.tag)
        if outermost and name == leave_out and namespace == BIPRO:
            continue
        seen[name] += 1
        step = name if seen[name] == 1 else f"{name}[{seen[name]}]"
        below = f"{path}/{step}" if path else step
        inner = walked(child, leave_out, below, outermost=False)
        is_file = name == "Daten" and split(node.tag)[1] == "Datei"
        if not len(child) and not is_file:
            found.append(Field(below, child.text or "", namespace))
        found.extend(inner)
    return found


@given(st.lists(TREES, min_size=1, max_size=4), st.sampled_from(["", "a"]))
def test_the_fields_of_any_tree_are_those_of_a_plain_walk(children, leave_out):
    root = grown(
        f"{{{BIPRO}}}Response", {}, None, [grown(f"{{{BIPRO}}}Lieferung", {}, None, [each]) for each in children]
    )
    # Read together, so that the shape of one may be met again in the next.
    records = Element(root, Tree()).records("Lieferung", leave_out)
    assert [list(record.fields) for record in records] == [walked(child, leave_out) for child in root]


def test_the_same_tags_in_another_order_of_nesting_are_another_shape():
    root = etree.fromstring(
        f'<r xmlns="{BIPRO}"><s><a><b>1</b></a><c>2</c></s><s><a/><b><c>3</c></b></s><s><a><b>4</b></a><c>5</c></s></r>'
    )
    told = [[(field.path, field.value) for field in each.fields] for each in Element(root, Tree()).records("s")]
    assert told == [[("a/b", "1"), ("c", "2")], [("a", ""), ("b/c", "3")], [("a/b", "4"), ("c", "5")]]
