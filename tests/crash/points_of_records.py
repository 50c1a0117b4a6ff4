"""The crash points in log and catalogue: records, rows, moves, batches, and recovery."""

from .place import ARCHIVE, DURABLE, LEDGER, LOG, REMEMBERED, SPOOL, Moment, Place, Point, around


_RECOVER = Place("bipro_sync.sync.recovery:recover")


def records():
    types = {
        "config.changed": "mail comes",
        "session.start": "mail comes",
        "session.end": "mail comes",
        "ack.decision": "mail comes",
        "shipment.vanished": "a shipment vanishes",
        "breaker.open": "the password is wrong",
    }
    for record_type, scenario in types.items():
        place = Place(f"{LOG}.write", {"record_type": record_type})
        yield from around(f"{record_type} is in the log", place, scenario=scenario)
    left = Place(f"{LOG}.write", {"record_type": "ack.decision", "outcome": "leave"})
    yield from around("the log says what a rule leaves", left, scenario="a rule leaves some")


def rows():
    methods = {
        "the attempt has its row": ("note_attempt", "mail comes"),
        "the list is in the catalogue": ("note_listed", "mail comes"),
        "what is missing is counted": ("note_missing", "mail comes"),
        "another listing of the same is noted": ("note_listed_as", "a shipment is listed again"),
        "the run has its row": ("note_run", "mail comes"),
    }
    for name, (method, scenario) in methods.items():
        yield from around(name, Place(f"{LEDGER}.{method}"), scenario=scenario)
    first = Place(REMEMBERED, {"old": None})
    yield Point("a shipment has its first row, uncommitted", Moment.AFTER, first, scenario="lists are cut")


def moves():
    states = {
        "listed": "a run died while it received",
        "fetching": "a fetch failed before",
        "stored": "four at once died",
        "ack_intent": "an acknowledgement had no answer",
        "acknowledged": "mail comes",
        "failed": "a fetch fails",
        "held": "mail is held",
        "left": "a rule leaves some",
        "quarantined": "foreign mail",
        "conflict": "an id is used again",
        "ack_unknown": "an acknowledgement has no answer",
        "ack_refused": "an acknowledgement is refused",
        "vanished": "a shipment vanishes",
    }
    for state, scenario in states.items():
        yield from around(f"a row is {state}", Place(f"{LEDGER}.move", {"new": state}), scenario=scenario)
        # What is listed for the first time is remembered as well, and is no move.
        given = {"entry.state": state} | ({"old": "fetching"} if state == "listed" else {})
        yield Point(f"a row is {state}, uncommitted", Moment.AFTER, Place(REMEMBERED, given), scenario=scenario)
    for new, old, what in (
        ("listed", "quarantined", "another letter than a quarantined one is wanted"),
        ("conflict", "ack_refused", "another letter than a refused one is kept"),
    ):
        place = Place(f"{LEDGER}.move", {"new": new, "entry.state": old})
        yield from around(what, place, scenario="other letters come under used ids")
    over = Place(f"{LEDGER}.move", {"new": "vanished", "entry.misses": 0})
    yield from around("a row is vanished after one list", over, scenario="a last day is over")


def together():
    """What threads write at once: the batch is through, and none of them knows."""
    commit = Place("bipro_sync.catalog.database:Catalogue._commit")
    yield from around("what threads change together is committed", commit, scenario="four at once")
    append = Place(f"{LOG}._append")
    yield from around("what threads log together is durable", append, scenario="four at once")
    made = Place("bipro_sync.catalog.database:_make")
    yield Point("some of a batch is changed, uncommitted", Moment.AFTER, made, during=commit, scenario="four at once")
    yield from around("the log is settled", Place(f"{LOG}.settle"))


def recovered():
    yield from around("the spool is cleared", Place(f"{SPOOL}:Spool.clear"))
    leftover = {"scenario": "a run died while it received"}
    tree = Place(f"{DURABLE}:remove_tree")
    yield Point("a leftover is half removed", Moment.BEFORE, Place("os:rmdir"), during=tree, **leftover)
    yield from around("recovery", _RECOVER)
    published = {"scenario": "a run died between directory and row"}
    yield from around("a directory without a row is adopted", Place(f"{ARCHIVE}.adopt"), **published)
    durable = Place(f"{DURABLE}:make_durable")
    yield Point("an adopted directory may be lost", Moment.BEFORE, Place("os:fsync"), during=durable, **published)
    for state, scenario in (
        ("stored", "a run died between directory and row"),
        ("listed", "a run died while it received"),
        ("ack_unknown", "a run died while it acknowledged"),
    ):
        move = Place(f"{LEDGER}.move", {"new": state})
        for moment in Moment:
            yield Point(f"{moment} recovery makes a row {state}", moment, move, during=_RECOVER, scenario=scenario)
    torn = Place(f"{DURABLE}:remove_file", {"path.name": ".torn"})
    cut = Place(f"{DURABLE}:AppendFile.truncate")
    yield Point("the torn line is off the log", Moment.AFTER, cut, scenario="a record was cut")
    yield from around("the repair of the log is through", torn, scenario="a record was cut")
