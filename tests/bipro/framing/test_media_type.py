from __future__ import annotations

import pytest

from bipro_sync.bipro.framing.media_type import MediaType, content_id, parse_headers, unescaped


def test_names_of_types_and_parameters_have_no_case():
    parsed = MediaType.parse('Multipart/RELATED; Boundary="A;b\\"c"; TYPE=application/xop+xml ;start=<r@x>')
    assert parsed.name == "multipart/related"
    assert parsed.parameters == {"boundary": 'A;b"c', "type": "application/xop+xml", "start": "<r@x>"}


@pytest.mark.parametrize(
    "written", ["boundary=uuid:_Start:7", 'boundary="uuid:_Start:7"', " boundary = uuid:_Start:7 "]
)
def test_a_colon_in_a_boundary_belongs_to_it_with_and_without_quotes(written):
    assert MediaType.parse(f"multipart/related;{written}; x=y").parameters["boundary"] == "uuid:_Start:7"


def test_a_missing_header_is_an_empty_type():
    assert MediaType.parse("") == MediaType("", {})


def test_folded_headers_are_joined_and_the_first_of_two_counts():
    block = b"\r\nContent-Type: text/xml;\r\n\tcharset=utf-8\r\nCONTENT-ID:\r\n <A@b>\r\ncontent-id: <c>\r\nnonsense"
    assert parse_headers(block) == {"content-type": "text/xml;\tcharset=utf-8", "content-id": "<A@b>"}


def test_a_content_id_keeps_its_case_and_loses_brackets_and_once_unescaped_its_percent_signs():
    assert content_id(" <Zwei%40Teil> ") == b"Zwei%40Teil"
    assert unescaped(content_id(" <Zwei%40Teil> ")) == content_id("Zwei@Teil") == b"Zwei@Teil"
    assert content_id("zwei@Teil") != content_id("Zwei@Teil")
