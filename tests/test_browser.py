from .browser import look


def test_a_page_that_wants_to_reach_somebody_is_seen_to(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html><body style='margin:0;background:#c00000'><p>Hallo</p>"
        "<img src='http://pictures.example/x.png'><script>document.body.append(' und mehr')</script></body>"
    )
    seen = look(page, tmp_path, width=300, height=200)
    assert seen.wanted == {"http://pictures.example/x.png"}
    assert seen.text.split()[-2:] == ["und", "mehr"]
    assert (seen.width, seen.height) == (300, 200)
    assert seen.share(0xC0, 0, 0) > 0.8
