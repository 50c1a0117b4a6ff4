"""Where a run may die: the one list of crash points, as data; each is a place in the program that has a name.

A point is passed before or after what a function does.  With *during* it counts only while the same thread is at work
in another function, which is how a point lies in the middle of it.  What several threads write together is carried out
by one of them: there a place is told by what is written.  No place knows that it is watched.
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
    """A function (`module:name`), narrowed to the calls whose arguments, or what these hold, have these values."""

    path: str
    given: Mapping[str, str | None] = field(default_factory=dict)

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
_COPYING = "bipro_sync.sync.copying:Copying"
_COPY = "bipro_sync.archive.second_copy:SecondCopy"
_DEBTS = "bipro_sync.archive.copy_debts:CopyDebts"
_SPOOL = "bipro_sync.archive.spool"
_DURABLE = "bipro_sync.durable"
_APPEND_FILE = f"{_DURABLE}:AppendFile"
_REMEMBERED = "bipro_sync.catalog.statements:remember"
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


def _drafted():
    files = {
        "a debt": ({"path.parent.parent.name": "owed"}, "the copy is away"),
        "the card of the copy": ({"path.name": "card.json"}, "mail is copied"),
        "the copy's marker": ({"path.name": "bipro-sync-copy.json"}, "mail is copied"),
    }
    for name, (given, scenario) in files.items():
        place = Place(f"{_DURABLE}:replace", given)
        written = f"{name} is written under another name"
        yield Point(written, Moment.BEFORE, Place("os:rename"), during=place, scenario=scenario)


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
        appended = Place(f"{_LOG}._append_locked", {"drafts.type": "call.intent", "drafts.operation": operation})
        yield from _around(f"{name} is announced", announced, scenario=scenario)
        for what, moment, place, during in (
            ("is announced in a line that may be lost", Moment.BEFORE, Place(f"{_APPEND_FILE}.sync"), appended),
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
    for state, scenario in states.items():
        yield from _around(f"a row is {state}", Place(f"{_LEDGER}.move", {"new": state}), scenario=scenario)
        # What is listed for the first time is remembered as well, and is no move.
        given = {"row.state": state} | ({"old": "fetching"} if state == "listed" else {})
        yield Point(f"a row is {state}, uncommitted", Moment.AFTER, Place(_REMEMBERED, given), scenario=scenario)
    over = Place(f"{_LEDGER}.move", {"new": "vanished", "entry.misses": 0})
    yield from _around("a row is vanished after one list", over, scenario="a last day is over")


def _together():
    """What threads write at once: the batch is through, and none of them knows."""
    commit = Place("bipro_sync.catalog.database:Catalogue._commit")
    yield from _around("what threads change together is committed", commit, scenario="four at once")
    append = Place(f"{_LOG}._append")
    yield from _around("what threads log together is durable", append, scenario="four at once")
    made = Place("bipro_sync.catalog.database:_make")
    yield Point("some of a batch is changed, uncommitted", Moment.AFTER, made, during=commit, scenario="four at once")
    yield from _around("the log is settled", Place(f"{_LOG}.settle"))


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
    first = Place(_REMEMBERED, {"old": None})
    yield Point("a shipment has its first row, uncommitted", Moment.AFTER, first, scenario="lists are cut")


def _received():
    fetch = Place(f"{_CLIENT}.fetch")
    yield from _around("a place in the spool is made", Place(f"{_SPOOL}:Spool.open"))
    yield Point("a file is half received", Moment.AFTER, Place(f"{_DURABLE}:NewFile.write"), during=fetch)
    yield Point("a file is received", Moment.AFTER, Place(f"{_DURABLE}:NewFile.finish"), during=fetch)
    discard = Place(f"{_SPOOL}:SpooledShipment.discard")
    yield from _around("what was received is thrown away", discard, scenario="a fetch fails")
    compare = Place("bipro_sync.sync.fetching:Fetching.compare")
    yield from _around("what is stored is fetched once more", compare, scenario="an id is used again")
    unlisted = Place(compare.path, {"listed": None})
    yield from _around("what is not listed is fetched once more", unlisted, scenario="a cut list hides stored mail")


def _published():
    yield from _around("a shipment is stored", Place(f"{_ARCHIVE}.store"))
    manifest = Place(f"{_SPOOL}:SpooledShipment.add", {"name": "manifest.json"})
    yield Point("a manifest is written", Moment.AFTER, manifest)
    month = Place(f"{_DURABLE}:DirectoryMaker.make")
    fsync = Place("os:fsync")
    yield from _around("a month's directory is made", month, scenario="more mail comes")
    yield Point("a month's directory may be lost", Moment.BEFORE, fsync, during=month, scenario="more mail comes")
    publish = Place(f"{_DURABLE}:publish_directory")
    yield from _around("a directory is published", publish)
    yield Point("a name in a directory is given", Moment.BEFORE, Place("os:rename"), during=publish)
    yield Point("a name is given and may be lost", Moment.AFTER, Place("os:rename"), during=publish)
    yield Point("a published directory can still be written to", Moment.BEFORE, Place(f"{_DURABLE}:seal"))
    yield from _around("a shipment is read back", Place(f"{_ARCHIVE}.read_back"))


def _copied():
    copies = {"scenario": "mail is copied"}
    yield from _around("a stored shipment is copied or owed", Place(f"{_COPYING}.keep"), **copies)
    yield from _around("the copy may be relied on", Place(f"{_COPYING}.before_acknowledging"), **copies)
    copied = Place(f"{_COPY}.copy")
    publish = Place(f"{_DURABLE}:publish_directory")
    yield Point("a file is copied", Moment.AFTER, Place(f"{_DURABLE}:NewFile.finish"), during=copied, **copies)
    yield Point("a copy is drafted", Moment.BEFORE, publish, during=copied, **copies)
    yield Point("a copy has its name", Moment.AFTER, publish, during=copied, **copies)
    yield Point("a copy is read back", Moment.AFTER, copied, **copies)
    yield from _around("an acknowledgement is noted in the copy", Place(f"{_COPY}.note"), **copies)
    mark = Place("bipro_sync.archive.copy_place:CopyPlace.demand")
    yield from _around("the copy is known to be ours", mark, **copies)
    yield Point("the copy is half begun", Moment.AFTER, Place(f"{_DURABLE}:replace"), during=mark, **copies)
    yield from _around("a copy is owed", Place(f"{_DEBTS}.owe"), scenario="the copy is away")
    yield from _around("what was owed is settled", Place(f"{_COPYING}.settle"), scenario="copies were owed")
    yield from _around("a debt is taken off", Place(f"{_DEBTS}.paid"), scenario="copies were owed")


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
    for group in (
        _opened,
        _records,
        _replaced,
        _drafted,
        _recovered,
        _logins,
        _calls,
        _rows,
        _received,
        _published,
        _copied,
        _moves,
        _together,
    )
    for point in group()
]
BY_NAME = {point.name: point for point in POINTS}
