import io

from bipro_sync.cli.console import Console
from bipro_sync.cli.counting import counted


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_person_who_watches_sees_how_much_is_done(monkeypatch):
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    with counted(Console(), "Rebuilding") as step:
        for _ in range(200):
            step("directories")
        step("audit records")
    assert "Rebuilding" in shown.getvalue()
    assert "200 directories" in shown.getvalue()


def test_nobody_who_does_not_watch_sees_anything(monkeypatch):
    for shown, console in (
        (io.StringIO(), Console()),
        (Terminal(), Console(json=True)),
        (Terminal(), Console(quiet=True)),
    ):
        monkeypatch.setattr("sys.stderr", shown)
        with counted(console, "Rebuilding") as step:
            for _ in range(200):
                step("directories")
        assert shown.getvalue() == ""
