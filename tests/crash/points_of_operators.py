"""The crash points of what an operator types: decisions, the stop switch, and a catalogue that is made again."""

from .place import DURABLE, LOG, Moment, Place, Point, around


_DRAFT = "bipro_sync.catalog.draft:CatalogueDraft"


def decided():
    decisions = {
        "hold": "mail is held",
        "release": "a hold ends",
        "retry": "what went wrong is tried again",
        "ack": "an operator acknowledges",
        "suspend": "an insurer is suspended",
        "resume": "an insurer is resumed",
    }
    for decision, scenario in decisions.items():
        place = Place(f"{LOG}.write", {"record_type": "operator.decision", "outcome": decision})
        yield from around(f"the decision to {decision} is in the log", place, scenario=scenario)
    lifted = Place(f"{DURABLE}:remove_file", {"path.parent.name": "suspensions"})
    yield from around("a suspension is lifted", lifted, scenario="an insurer is resumed")
    forgotten = Place("bipro_sync.catalog.ledger:Ledger.note_listed_as", {"listed": None})
    yield from around("a comparison is asked for", forgotten, scenario="what went wrong is tried again")


def rebuilt():
    rebuilt = {"scenario": "the catalogue is made again"}
    staged = Place("bipro_sync.catalog.staging:Staging.note")
    yield Point("a word of the log is staged", Moment.AFTER, staged, **rebuilt)
    yield from around("a shipment is entered into a draft", Place(f"{_DRAFT}.enter"), **rebuilt)
    yield from around("a draft is finished", Place(f"{_DRAFT}.finish"), **rebuilt)
    restored = Place(f"{LOG}.write", {"record_type": "restore"})
    yield from around("restore is in the log", restored, scenario="a lost catalogue is made again")
    replaced = Place("bipro_sync.catalog.replacing:put_in_place")
    yield from around("a catalogue is put in place", replaced, **rebuilt)
    named = Place(f"{DURABLE}:give_name")
    yield Point("an old catalogue has a second name", Moment.AFTER, named, during=replaced, **rebuilt)
    yield Point("a new catalogue may lose its name", Moment.AFTER, Place("os:rename"), during=replaced, **rebuilt)
    taken = {"during": replaced, "scenario": "a catalogue left open is made again"}
    removed = Place(f"{DURABLE}:remove_file")
    yield from around("an old catalogue is taken away", removed, **taken)
