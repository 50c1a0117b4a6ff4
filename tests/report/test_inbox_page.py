"""The worklist as people see it, in a real browser."""

from ..browser import look


URGENT = (0xB3, 0x26, 0x1E)


def test_the_page_shows_the_worklist_runs_nothing_and_reaches_nobody(office, tmp_path):
    evil = "<img src=http://evil.example/x><script>document.title='run'</script>"
    office.opens(
        office.shipment("A", fields=f', Versicherungsscheinnummer = "{evil}"'),
        office.shipment("B", category="140012021"),
    )
    office.run("pull")
    page = tmp_path / "inbox.html"
    assert office.run("inbox", "list", "--html", str(page))[0] == 0
    assert page.stat().st_mode & 0o777 == 0o600
    seen = look(page, tmp_path)
    assert (seen.width, seen.height) == (900, 700)
    assert "<title>Posteingang der Versicherer</title>" in seen.dom
    assert "<script" not in seen.dom
    assert "<img" not in seen.dom
    assert seen.text.index("Mahnung") < seen.text.index("Antrag")
    assert "davon eilig: 1" in seen.text
    assert seen.wanted == set()
    assert seen.share(*URGENT) > 0.0001, "the urgent row is marked"
    assert {row[-9:] for row in seen.rows} == {b"\xff" * 9}, "nothing runs over the edge"
    assert 0.7 < seen.share(255, 255, 255) < 0.99, "black on white, and not empty"
