"""Our exclusive canonical form is the one of libxml2, byte for byte."""

import random

import pytest
from lxml import etree

from bipro_sync.sandbox.canonical import read
from bipro_sync.sandbox.faults import RefusedCallError


DOCUMENTS = [
    b"<a/>",
    b'<a xmlns="urn:1"><b xmlns=""><c xmlns="urn:1"/></b></a>',
    b'<p:a xmlns:p="urn:1" xmlns:q="urn:2" xmlns="urn:3"><b q:z="1" p:y="2" x="3" w="4"/></p:a>',
    b'<a xmlns:p="urn:1" xmlns:q="urn:1"><p:b q:c="d"/><q:b p:c="d"/></a>',
    b'<a xmlns:p="urn:1"><p:b><p:c xmlns:p="urn:2"><p:d/></p:c><p:e xmlns:p="urn:1"/></p:b></a>',
    b'<a b="&lt;&amp;&gt;&quot;&#9;&#10;&#13; \'">&lt;&amp;&gt;"\'&#13;&#9;\xc3\xa4<![CDATA[<&>]]><!-- no --> x</a>',
    b'<a>\r\nline\r\n<b c="one\r\ntwo\tthree"/>\r</a>',
    b'<a xml:lang="de"><b xml:space="preserve"> </b></a>',
    '<?xml version="1.0" encoding="iso-8859-1"?><a b="ä">ü</a>'.encode("iso-8859-1"),
]


def elements(document):
    return zip(read(document).walk(), etree.fromstring(document).iter(etree.Element), strict=True)


def from_libxml2(element, prefixes=None):
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes)


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("prefixes", [[], ["p"], ["p", "q", "z"]])
def test_every_element_has_the_same_canonical_form_as_in_libxml2(document, prefixes):
    for ours, theirs in elements(document):
        assert ours.canonical(prefixes) == from_libxml2(theirs, prefixes)


def test_so_has_every_element_of_random_trees():
    dice = random.Random(410)

    def tree(depth):
        declared = "".join(
            f' xmlns{prefix and ":" + prefix}="urn:{dice.randint(1, 3)}"'
            for prefix in ("", "p", "q")
            if dice.random() < 0.4
        )
        attributes = "".join(
            f' {prefix}x{place}="{place}"' for place, prefix in enumerate(dice.sample(["", "p:", "q:"], 2))
        )
        content = "".join(tree(depth - 1) for _ in range(dice.randint(0, 3))) if depth else "text"
        name = dice.choice(["a", "p:b", "q:c"])
        return f"<{name}{declared}{attributes}>{content}</{name}>"

    for _ in range(150):
        document = f'<top xmlns:p="urn:1" xmlns:q="urn:2">{tree(3)}</top>'.encode()
        for prefixes in ([], ["p"]):
            for ours, theirs in elements(document):
                assert ours.canonical(prefixes) == from_libxml2(theirs, prefixes)


def test_a_processing_instruction_is_refused():
    with pytest.raises(RefusedCallError, match="processing instruction"):
        read(b"<a><?what ever?></a>")
