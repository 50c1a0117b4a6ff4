"""What happens at the insurers while runs die: each scenario is one whole story, with the end it must come to."""

from ..profiles import ENDING_SESSIONS
from .promises import copy_of
from .scenario import IN_TROUBLE, Scenario, acknowledged
from .scenarios_of_operators import OF_OPERATORS


def _mail_comes(story):
    office = story.office
    (office.root / "profiles.d").mkdir()
    (office.root / "profiles.d" / "ending.toml").write_text(ENDING_SESSIONS, encoding="utf-8")
    two_files = office.shipment("B", more='line = "050"') + '[[shipment.transfer.file]]\ndocument = "rechnung.pdf"\n'
    office.opens(
        "[sts]\ncancel = true\n", office.shipment("A"), two_files, office.shipment("C", file=None), profile="ending"
    )


def _foreign(story):
    office = story.office
    foreign = ', Vermittler = { Vermittlernummer = "ERF-9999" }'
    office.opens(office.shipment("A", fields=foreign), office.shipment("B"), broker_numbers=["ERF-4711"])


def _used_again(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"), acknowledge=None)
    story.pull()
    office.opens(
        office.shipment("A", file='document = "rechnung.pdf"').replace("2026-03-01", "2026-04-01"),
        office.shipment("B"),
        acknowledge="auto",
    )


def _other_letters(story):
    office = story.office
    refused = office.fault("acknowledgeShipment", "nok", shipment="B", code="04004")
    foreign = office.shipment("A", fields=', Vermittler = { Vermittlernummer = "ERF-9999" }')
    office.opens(foreign, office.shipment("B"), refused, broker_numbers=["ERF-4711"])
    story.pull(expect=3)
    others = (office.shipment(each, file='document = "rechnung.pdf"').replace("03-01", "04-01") for each in "AB")
    office.opens(*others, office.shipment("C"))


def _fetch_fails(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "truncate", shipment="A", times=1))


def _fetch_failed(story):
    _fetch_fails(story)
    story.pull(expect=3)


def _no_answer(story):
    office = story.office
    office.opens(
        *map(office.shipment, "AB"),
        office.fault("acknowledgeShipment", "lose-answer", shipment="A", times=1),
        office.fault("acknowledgeShipment", "close", shipment="B", times=1),
    )


def _had_no_answer(story):
    _no_answer(story)
    story.pull()


def _ack_refused(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"), office.fault("acknowledgeShipment", "nok", shipment="A", code="04004"))


def _listed_again(story):
    office = story.office
    relist = office.fault("listShipments", "relist", nth=3, times=2)
    keep = '[transfer]\nrepeated_ack = "ok"\nacknowledged = "keep"\n'
    office.opens(keep, *map(office.shipment, "AB"), relist)
    story.pull()


def _rules(story):
    office = story.office
    portfolios = [office.shipment(each, category="999010010").replace("-01T", f"-0{each}T") for each in "12"]
    office.opens(*portfolios, office.shipment("A"), deliveries={"gdv-portfolio": "weekly"})


def _vanishes(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "truncate", shipment="A", times=1))
    story.pull(expect=3)
    office.opens(office.shipment("C"))
    story.pull()


def _last_day(story):
    office = story.office
    over = office.shipment("A", more='available_until = "2026-03-04"')
    office.opens(over, office.shipment("B"), office.fault("getShipment", "truncate", shipment="A", times=1))
    story.pull(expect=3)
    office.opens(office.shipment("C"))


def _cut_lists(story):
    office = story.office
    days = {name: str(day) for day, name in enumerate("ABC", start=1)}
    shipments = [office.shipment(name).replace("2026-03-01", f"2026-03-0{day}") for name, day in days.items()]
    office.opens("[transfer]\nlist_limit = 1\n", *shipments)


def _wrong_password(story):
    office = story.office
    office.password("falsch")
    office.opens(office.shipment("A"))


def _right_password(story):
    story.office.password("wort & <schatz>")
    story.command("insurers", "unblock", "muster", "--reason", "the portal accepts it")


def _two_insurers(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"))
    office.opens(*map(office.shipment, "CD"), name="nord")


def _workers(story):
    office = story.office
    office.opens(*map(office.shipment, "ABCDEF"), workers=4)


def _stored_only(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"), acknowledge=None)
    story.pull()
    office.configure(acknowledge="auto")


def _more_mail(story):
    office = story.office
    office.opens(office.shipment("A"))
    story.pull()
    office.opens(*map(office.shipment, "BCD"))


def _mail_is_copied(story):
    office = story.office
    copy_of(office).mkdir()
    _names_the_copy(office)
    office.opens(*map(office.shipment, "AB"), ack_after="second_copy")


def _copy_is_away(story):
    office = story.office
    _names_the_copy(office)
    office.opens(*map(office.shipment, "AB"))


def _copies_were_owed(story):
    _copy_is_away(story)
    story.pull(expect=14)
    _copy_comes(story)


def _names_the_copy(office):
    office.head = f'second_copy = "{copy_of(office)}"\n{office.head}'


def _copy_comes(story):
    copy_of(story.office).mkdir()


def _hidden_by_a_cut_list(story):
    office = story.office
    mail = (office.shipment("A"), office.shipment("B").replace("2026-03-01", "2026-03-02"))
    office.opens(*mail, acknowledge=None)
    story.pull()
    office.opens("[transfer]\nlist_limit = 1\n", *mail, acknowledge="auto")


def _died(point, *, workers=1):
    def prepare(story):
        office = story.office
        office.opens(*map(office.shipment, "ABC"), workers=workers)
        story.dies(point)

    return prepare


def _torn(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"))
    story.dies("the acknowledgement is answered")
    log = max((office.archive / "audit").glob("audit-*.jsonl"))
    with log.open("ab") as lines:
        # What a power cut may leave: a line of which a block was lost and the end was kept, and the next one cut.
        lines.write(b'{"seq":4711,"ts":"2026-03-01T' + bytes(4096) + b'c0ffee"}\n{"seq":4712')


_WITHOUT_THE_COPY = (0, 14)

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("mail comes", _mail_comes, acknowledged("ABC")),
        Scenario("mail is acknowledged later", _stored_only, acknowledged("AB")),
        Scenario("foreign mail", _foreign, {"A": "quarantined", "B": "acknowledged"}, codes=IN_TROUBLE),
        Scenario("an id is used again", _used_again, {"A": "conflict", "B": "acknowledged"}, codes=IN_TROUBLE),
        Scenario(
            "other letters come under used ids",
            _other_letters,
            {"A": "acknowledged", "B": "conflict", "C": "acknowledged"},
            codes=IN_TROUBLE,
        ),
        Scenario("a fetch fails", _fetch_fails, acknowledged("AB"), codes=IN_TROUBLE),
        Scenario("a fetch failed before", _fetch_failed, acknowledged("AB")),
        Scenario("an acknowledgement has no answer", _no_answer, acknowledged("AB")),
        Scenario("an acknowledgement had no answer", _had_no_answer, acknowledged("AB")),
        Scenario(
            "an acknowledgement is refused",
            _ack_refused,
            {"A": "ack_refused", "B": "acknowledged"},
            codes=IN_TROUBLE,
        ),
        Scenario("a shipment is listed again", _listed_again, acknowledged("AB")),
        Scenario("a rule leaves some", _rules, {"1": "left", "2": "acknowledged", "A": "acknowledged"}),
        Scenario(
            "a shipment vanishes",
            _vanishes,
            {"A": "vanished", "B": "acknowledged", "C": "acknowledged"},
            codes=IN_TROUBLE,
        ),
        Scenario(
            "a last day is over",
            _last_day,
            {"A": "vanished", "B": "acknowledged", "C": "acknowledged"},
            codes=IN_TROUBLE,
        ),
        Scenario("lists are cut", _cut_lists, acknowledged("ABC")),
        Scenario("the password is wrong", _wrong_password, acknowledged("A"), codes=(0, 12), mend=_right_password),
        Scenario("two insurers have mail", _two_insurers, acknowledged("ABCD"), at_once=True),
        Scenario("four at once", _workers, acknowledged("ABCDEF"), at_once=True),
        Scenario("more mail comes", _more_mail, acknowledged("ABCD")),
        Scenario("a cut list hides stored mail", _hidden_by_a_cut_list, acknowledged("AB")),
        Scenario("mail is copied", _mail_is_copied, acknowledged("AB"), copied=True),
        Scenario("the copy is away", _copy_is_away, acknowledged("AB"), codes=_WITHOUT_THE_COPY, mend=_copy_comes),
        Scenario("copies were owed", _copies_were_owed, acknowledged("AB")),
        Scenario("a run died while it received", _died("a file is half received"), acknowledged("ABC")),
        Scenario("a run died between directory and row", _died("after a directory is published"), acknowledged("ABC")),
        Scenario("a run died while it acknowledged", _died("the acknowledgement is sent"), acknowledged("ABC")),
        Scenario(
            "four at once died",
            _died("after a directory is published", workers=4),
            acknowledged("ABC"),
            at_once=True,
        ),
        Scenario("a record was cut", _torn, acknowledged("AB")),
        *OF_OPERATORS,
    )
}
