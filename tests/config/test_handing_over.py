import pytest

from bipro_sync.model.kinds import Kind

from .conftest import TEST


def handover(lines, name="dms"):
    return f"{TEST}[handover.{name}]\n{lines}\n"


def test_a_target_is_read(loaded):
    section = loaded(
        handover('target = "/srv/dms"\nkinds = ["mail"]\nsince = 2026-11-01\nscan = ["/usr/bin/scan", "-q"]')
    ).handover["dms"]
    assert (section.kinds, section.format, section.scan) == ((Kind.MAIL,), "json", ("/usr/bin/scan", "-q"))
    assert section.names.text == "{insurer}/{day}/{kind}/{shipment}_{file}"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("", "[handover.dms] target: is missing"),
        ('target = "srv"', "[handover.dms] target: must be an absolute path"),
        ('target = "/x"\nkinds = ["post"]', "[handover.dms] kinds[0]: must be a kind"),
        ('target = "/x"\nformat = "xml"', "[handover.dms] format: must be 'json' or 'bare'"),
        ('target = "/x"\nscan = "clamscan"', "[handover.dms] scan: must be a list of words"),
        ('target = "/x"\nnames = "{file}"', "[handover.dms] names: must name {insurer}, {shipment}"),
        ('target = "/var/lib"', "[handover.dms] target: must lie outside of the archive"),
        ('target = "/var/lib/bipro-sync/dms"', "[handover.dms] target: must lie outside of the archive"),
        (
            'target = "/x"\nnames = "{insurer}/{shipment}_{kind}_{file}"',
            "[handover.dms] names: must have {kind} in a folder",
        ),
        ('target = "/x"\n[handover.other]\ntarget = "/x"', "[handover.other] target: is another target's directory"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_place(refused, lines, problem):
    assert refused(handover(lines))[0].startswith(problem)


def test_letters_alone_need_no_folder_for_their_kind(loaded):
    names = 'names = "{insurer}/{shipment}_{file}"'
    assert loaded(handover(f'target = "/x"\nkinds = ["mail", "event"]\n{names}')).handover
    assert loaded(handover(f'target = "/x"\nkinds = ["commission"]\n{names}')).handover
