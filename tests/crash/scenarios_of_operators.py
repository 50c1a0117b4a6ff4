"""The scenarios in which what an operator types dies, and is typed once more: decisions, and a catalogue made again."""

from .scenario import IN_TROUBLE, REBUILD, Scenario, acknowledged


_WHY = ("--reason", "as agreed")
_SUSPENDED = (0, 17)


def _failed(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "truncate", shipment="A", times=1))
    story.pull(expect=3)


def _held(story):
    _failed(story)
    story.command("shipments", "hold", "A", *_WHY)


def _went_wrong(story):
    """A is in conflict, B in quarantine and C refused; then the insurer and the configuration are mended."""
    office = story.office
    foreign = office.shipment("B", fields=', Vermittler = { Vermittlernummer = "ERF-9999" }')
    office.opens(office.shipment("A"), foreign, office.shipment("C"), broker_numbers=["ERF-4711"], acknowledge=None)
    story.pull(expect=3)
    other = office.shipment("A", file='document = "rechnung.pdf"').replace("03-01", "04-01")
    refused = office.fault("acknowledgeShipment", "nok", shipment="C", code="04004")
    office.opens(other, foreign, office.shipment("C"), refused, acknowledge="auto")
    story.pull(expect=3)
    office.opens(office.shipment("A"), foreign, office.shipment("C"), broker_numbers=["ERF-4711", "ERF-9999"])


def _stored(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"), acknowledge=None)
    story.pull()


def _pulled(story):
    office = story.office
    office.opens(office.shipment("A"))
    story.pull()
    office.opens(office.shipment("B"))


def _suspended(story):
    _pulled(story)
    story.command("insurers", "suspend", "muster", *_WHY)


def _of_everything(story):
    """A is acknowledged, B in quarantine, C has failed, D is refused."""
    office = story.office
    foreign = office.shipment("B", fields=', Vermittler = { Vermittlernummer = "ERF-9999" }')
    office.opens(
        *(office.shipment("A"), foreign, office.shipment("C"), office.shipment("D")),
        office.fault("getShipment", "truncate", shipment="C", times=1),
        office.fault("acknowledgeShipment", "nok", shipment="D", code="04004"),
        broker_numbers=["ERF-4711"],
    )
    story.pull(expect=3)


def _lost(story):
    _of_everything(story)
    (story.office.archive / "catalog.db").unlink()


def _left_open(story):
    office = story.office
    office.opens(*map(office.shipment, "AB"))
    story.dies("the acknowledgement is answered")
    assert (office.archive / "catalog.db-wal").exists(), "it was closed in good order"


_IN_THE_END = {"A": "acknowledged", "B": "quarantined", "C": "acknowledged", "D": "ack_refused"}

OF_OPERATORS = (
    Scenario("mail is held", _failed, {"A": "held", "B": "acknowledged"}, command=("shipments", "hold", "A", *_WHY)),
    Scenario("a hold ends", _held, acknowledged("AB"), command=("shipments", "release", "A", *_WHY)),
    Scenario(
        "what went wrong is tried again",
        _went_wrong,
        acknowledged("ABC"),
        command=("shipments", "retry", "A", "B", "C", *_WHY),
    ),
    Scenario(
        "an operator acknowledges", _stored, acknowledged("AB"), command=("shipments", "ack", "A", "B", "--yes", *_WHY)
    ),
    Scenario(
        "an insurer is suspended",
        _pulled,
        acknowledged("A"),
        codes=_SUSPENDED,
        command=("insurers", "suspend", "muster", *_WHY),
    ),
    Scenario("an insurer is resumed", _suspended, acknowledged("AB"), command=("insurers", "resume", "muster", *_WHY)),
    Scenario("the catalogue is made again", _of_everything, _IN_THE_END, codes=IN_TROUBLE, command=REBUILD),
    Scenario("a lost catalogue is made again", _lost, _IN_THE_END, codes=IN_TROUBLE, command=REBUILD),
    Scenario("a catalogue left open is made again", _left_open, acknowledged("AB"), command=REBUILD),
)
