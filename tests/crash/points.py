"""Where a run may die: the one list of crash points, as data; each is a place in the program that has a name.

A point is passed before or after what a function does.  With *during* it counts only while another function is at
work, which is how a point lies in the middle of it.  No place knows that it is watched.
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Moment(StrEnum):
    """Before what a function does, or after it; what fails has no after."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, eq=False)
class Place:
    """A function (`module:name`), narrowed to the calls whose arguments, or their attributes, have these values."""

    path: str
    given: Mapping[str, str] = field(default_factory=dict)

    def function(self):
        """The owner of the function, the name it has there, and the function itself."""
        module, _, names = self.path.partition(":")
        outer, _, name = names.rpartition(".")
        owner = pkgutil.resolve_name(f"{module}:{outer}" if outer else module)
        return owner, name, getattr(owner, name)


@dataclass(frozen=True, eq=False)
class Point:
    """One crash point; *scenario* is one in which it is surely passed."""

    name: str
    moment: Moment
    place: Place
    during: Place | None = None
    scenario: str = "mail comes"


_CLIENT = "bipro_sync.bipro.client:BiproClient"
_LOG = "bipro_sync.audit.log:AuditLog"
_LEDGER = "bipro_sync.catalog.ledger:Ledger"
_BREAKER = "bipro_sync.sync.breaker:Breaker"
_ARCHIVE = "bipro_sync.archive.store:Archive"
_SPOOL = "bipro_sync.archive.spool"
_DURABLE = "bipro_sync.durable"
_SENT = Place("bipro_sync.bipro.calls.exchange:Exchange._trace", {"event": "http11.send_request_body.complete"})
_RECOVER = Place("bipro_sync.sync.recovery:recover")


def _around(name, place, **more):
    """The two points around what a function does."""
    yield Point(f"before {name}", Moment.BEFORE, place, **more)
    yield Point(f"after {name}", Moment.AFTER, place, **more)


def _replaced():
    files = {
        "the archive's card": ({"path.name": "archive.json"}, {}),
        "the log's reserve": ({"path.name": ".reserve"}, {}),
        "the note of a login": ({"path.parent.name": "breakers"}, {}),
        "the memory of the run": ({"path.parent.name": "runs"}, {}),
        "the note of the log's head": ({"path.name": ".head"}, {}),
        "what was torn off the log": ({"path.name": ".torn"}, {"scenario": "a record was cut"}),
    }
    for name, (given, more) in files.items():
        place = Place(f"{_DURABLE}:replace", given)
        yield from _around(f"{name} is replaced", place, **more)
        yield Point(f"{name} is written under another name", Moment.BEFORE, Place("os:rename"), during=place, **more)
        yield Point(f"{name} has its name and may lose it", Moment.AFTER, Place("os:rename"), during=place, **more)


def _calls():
    operations = {
        "the login": ("login", "RequestSecurityToken", "two insurers have mail"),
        "the list": ("list_shipments", "listShipments", "lists are cut"),
        "the fetch": ("fetch", "getShipment", "four at once"),
        "the acknowledgement": ("acknowledge", "acknowledgeShipment", "mail is acknowledged later"),
        "the end of the session": ("close", "CancelToken", "mail comes"),
    }
    for name, (method, operation, scenario) in operations.items():
        at_work = Place(f"{_CLIENT}.{method}")
        announced = Place(f"{_LOG}.intent", {"intent.operation": operation})
        yield from _around(f"{name} is announced", announced, scenario=scenario)
        for what, moment, place, during in (
            ("is announced in a line that may be lost", Moment.BEFORE, Place("os:fsync"), announced),
            ("is sent", Moment.AFTER, _SENT, at_work),
            ("is answered", Moment.AFTER, Place("bipro_sync.bipro.calls.call:Call.send"), at_work),
            ("has its outcome in the log", Moment.AFTER, Place(f"{_LOG}.outcome"), at_work),
            ("is over", Moment.AFTER, at_work, None),
        ):
            yield Point(f"{name} {what}", moment, place, during=during, scenario=scenario)


def _logins():
    yield from _around("the login is noted", Place(f"{_BREAKER}.attempt"))
    yield from _around("the login is concluded", Place(f"{_BREAKER}.conclude"))
    for verdict in ("accepted", "refused"):
        scenario = "mail comes" if verdict == "accepted" else "the password is wrong"
        place = Place(f"{_BREAKER}.conclude", {"verdict": verdict})
        yield from _around(f"the login is known to be {verdict}", place, scenario=scenario)


def _records():
    types = {
        "config.changed": "mail comes",
        "session.start": "mail comes",
        "session.end": "mail comes",
        "ack.decision": "mail comes",
        "shipment.vanished": "a shipment vanishes",
        "breaker.open": "the password is wrong",
    }
    for record_type, scenario in types.items():
        place = Place(f"{_LOG}.write", {"record_type": record_type})
        yield from _around(f"{record_type} is in the log", place, scenario=scenario)
    left = Place(f"{_LOG}.write", {"record_type": "ack.decision", "outcome": "leave"})
    yield from _around("the log says what a rule leaves", left, scenario="a rule leaves some")


def _moves():
    states = {
        "listed": "a run died while it received",
        "fetching": "a fetch failed before",
        "stored": "four at once died",
        "ack_intent": "an acknowledgement had no answer",
        "acknowledged": "mail comes",
        "failed": "a fetch fails",
        "left": "a rule leaves some",
        "quarantined": "foreign mail",
        "conflict": "an id is used again",
        "ack_unknown": "an acknowledgement has no answer",
        "ack_refused": "an acknowledgement is refused",
        "vanished": "a shipment vanishes",
    }
    commit = Place("sqlalchemy.engine.default:DefaultDialect.do_commit")
    for state, scenario in states.items():
        move = Place(f"{_LEDGER}.move", {"new": state})
        yield from _around(f"a row is {state}", move, scenario=scenario)
        yield Point(f"a row is {state}, uncommitted", Moment.BEFORE, commit, during=move, scenario=scenario)


def _rows():
    methods = {
        "the attempt has its row": ("note_attempt", "mail comes"),
        "the list is in the catalogue": ("note_listed", "mail comes"),
        "what is missing is counted": ("note_missing", "mail comes"),
        "another listing of the same is noted": ("note_listed_as", "a shipment is listed again"),
        "the run has its row": ("note_run", "mail comes"),
    }
    for name, (method, scenario) in methods.items():
        yield from _around(name, Place(f"{_LEDGER}.{method}"), scenario=scenario)


def _received():
    fetch = Place(f"{_CLIENT}.fetch")
    yield from _around("a place in the spool is made", Place(f"{_SPOOL}:Spool.open"))
    yield Point("a file is half received", Moment.AFTER, Place(f"{_DURABLE}:NewFile.write"), during=fetch)
    yield Point("a file is received", Moment.AFTER, Place(f"{_DURABLE}:NewFile.finish"), during=fetch)
    discard = Place(f"{_SPOOL}:SpooledShipment.discard")
    yield from _around("what was received is thrown away", discard, scenario="a fetch fails")


def _published():
    yield from _around("a shipment is stored", Place(f"{_ARCHIVE}.store"))
    yield Point("a manifest is written", Moment.AFTER, Place(f"{_DURABLE}:write_new", {"path.name": "manifest.json"}))
    publish = Place(f"{_DURABLE}:publish_directory")
    yield from _around("a directory is published", publish)
    yield Point("a name in a directory is given", Moment.BEFORE, Place("os:rename"), during=publish)
    yield Point("a name is given and may be lost", Moment.AFTER, Place("os:rename"), during=publish)
    yield Point("a published directory can still be written to", Moment.BEFORE, Place(f"{_DURABLE}:seal"))
    yield from _around("a shipment is read back", Place(f"{_ARCHIVE}.read_back"))


def _recovered():
    yield from _around("the spool is cleared", Place(f"{_SPOOL}:Spool.clear"))
    leftover = {"scenario": "a run died while it received"}
    tree = Place(f"{_DURABLE}:remove_tree")
    yield Point("a leftover is half removed", Moment.BEFORE, Place("os:rmdir"), during=tree, **leftover)
    yield from _around("recovery", _RECOVER)
    published = {"scenario": "a run died between directory and row"}
    yield from _around("a directory without a row is adopted", Place(f"{_ARCHIVE}.adopt"), **published)
    durable = Place(f"{_DURABLE}:make_durable")
    yield Point("an adopted directory may be lost", Moment.BEFORE, Place("os:fsync"), during=durable, **published)
    for state, scenario in (
        ("stored", "a run died between directory and row"),
        ("listed", "a run died while it received"),
        ("ack_unknown", "a run died while it acknowledged"),
    ):
        move = Place(f"{_LEDGER}.move", {"new": state})
        for moment in Moment:
            yield Point(f"{moment} recovery makes a row {state}", moment, move, during=_RECOVER, scenario=scenario)
    torn = Place(f"{_DURABLE}:remove_file", {"path.name": ".torn"})
    cut = Place(f"{_DURABLE}:AppendFile.truncate")
    yield Point("the torn line is off the log", Moment.AFTER, cut, scenario="a record was cut")
    yield from _around("the repair of the log is through", torn, scenario="a record was cut")


def _opened():
    yield from _around("the archive's directories are made", Place("bipro_sync.archive.layout:Layout.prepare"))
    yield from _around("the catalogue gets its name", Place(f"{_DURABLE}:give_name"))


POINTS = [
    point
    for group in (_opened, _records, _replaced, _recovered, _logins, _calls, _rows, _received, _published, _moves)
    for point in group()
]
BY_NAME = {point.name: point for point in POINTS}
