"""The crash points on the disk: small files, what is received, published and copied."""

from .place import ARCHIVE, DURABLE, SPOOL, Moment, Place, Point, around


_CLIENT = "bipro_sync.bipro.client:BiproClient"
_COPYING = "bipro_sync.sync.copying:Copying"
_COPY = "bipro_sync.archive.second_copy:SecondCopy"
_DEBTS = "bipro_sync.archive.copy_debts:CopyDebts"


def opened():
    yield from around("the archive's directories are made", Place("bipro_sync.archive.layout:Layout.prepare"))
    yield from around("the catalogue gets its name", Place(f"{DURABLE}:give_name"))


def replaced():
    files = {
        "the archive's card": ({"path.name": "archive.json"}, {}),
        "the log's reserve": ({"path.name": ".reserve"}, {}),
        "the note of a login": ({"path.parent.name": "breakers"}, {}),
        "the memory of the run": ({"path.parent.name": "runs"}, {}),
        "the note of the log's head": ({"path.name": ".head"}, {}),
        "the marker of the stop switches": ({"path.name": ".complete"}, {}),
        "a suspension": (
            {"path.name": "muster.json", "path.parent.name": "suspensions"},
            {"scenario": "an insurer is suspended"},
        ),
        "what was torn off the log": ({"path.name": ".torn"}, {"scenario": "a record was cut"}),
    }
    for name, (given, more) in files.items():
        place = Place(f"{DURABLE}:replace", given)
        yield from around(f"{name} is replaced", place, **more)
        yield Point(f"{name} is written under another name", Moment.BEFORE, Place("os:rename"), during=place, **more)
        yield Point(f"{name} has its name and may lose it", Moment.AFTER, Place("os:rename"), during=place, **more)


def drafted():
    files = {
        "a debt": ({"path.parent.parent.name": "owed"}, "the copy is away"),
        "the card of the copy": ({"path.name": "card.json"}, "mail is copied"),
        "the copy's marker": ({"path.name": "bipro-sync-copy.json"}, "mail is copied"),
    }
    for name, (given, scenario) in files.items():
        place = Place(f"{DURABLE}:replace", given)
        written = f"{name} is written under another name"
        yield Point(written, Moment.BEFORE, Place("os:rename"), during=place, scenario=scenario)


def received():
    fetch = Place(f"{_CLIENT}.fetch")
    yield from around("a place in the spool is made", Place(f"{SPOOL}:Spool.open"))
    yield Point("a file is half received", Moment.AFTER, Place(f"{DURABLE}:NewFile.write"), during=fetch)
    yield Point("a file is received", Moment.AFTER, Place(f"{SPOOL}:_SpoolWriter.finish"), during=fetch)
    discard = Place(f"{SPOOL}:SpooledShipment.discard")
    yield from around("what was received is thrown away", discard, scenario="a fetch fails")
    compare = Place("bipro_sync.sync.fetching:Fetching.compare")
    yield from around("what is stored is fetched once more", compare, scenario="an id is used again")
    unlisted = Place(compare.path, {"listed": None})
    yield from around("what is not listed is fetched once more", unlisted, scenario="a cut list hides stored mail")


def published():
    yield from around("a shipment is stored", Place(f"{ARCHIVE}.store"))
    manifest = Place(f"{SPOOL}:SpooledShipment.add", {"name": "manifest.json"})
    yield Point("a manifest is written", Moment.AFTER, manifest)
    month = Place(f"{DURABLE}:DirectoryMaker.make")
    fsync = Place("os:fsync")
    yield from around("a month's directory is made", month, scenario="more mail comes")
    yield Point("a month's directory may be lost", Moment.BEFORE, fsync, during=month, scenario="more mail comes")
    publish = Place(f"{DURABLE}:publish_directory")
    yield from around("a directory is published", publish)
    settle = Place(f"{SPOOL}:SpooledShipment.settle")
    yield from around("what was received is made durable", settle)
    yield Point("a name in a directory is given", Moment.BEFORE, Place("os:rename"), during=settle)
    yield Point("a file has its name and its bytes may be lost", Moment.BEFORE, fsync, during=settle)
    yield Point("some of the files are durable", Moment.AFTER, Place(f"{DURABLE}:NewFile.finish"), during=settle)
    yield Point("a name is given and may be lost", Moment.AFTER, Place("os:rename"), during=publish)
    yield Point("a published directory can still be written to", Moment.BEFORE, Place(f"{DURABLE}:seal"))
    yield from around("a shipment is read back", Place(f"{ARCHIVE}.read_back"))


def copied():
    copies = {"scenario": "mail is copied"}
    yield from around("a stored shipment is copied or owed", Place(f"{_COPYING}.keep"), **copies)
    yield from around("the copy may be relied on", Place(f"{_COPYING}.before_acknowledging"), **copies)
    copied = Place(f"{_COPY}.copy")
    publish = Place(f"{DURABLE}:publish_directory")
    yield Point("a file is copied", Moment.AFTER, Place(f"{DURABLE}:NewFile.finish"), during=copied, **copies)
    yield Point("a copy is drafted", Moment.BEFORE, publish, during=copied, **copies)
    yield Point("a copy has its name", Moment.AFTER, publish, during=copied, **copies)
    yield Point("a copy is read back", Moment.AFTER, copied, **copies)
    yield from around("an acknowledgement is noted in the copy", Place(f"{_COPY}.note"), **copies)
    mark = Place("bipro_sync.archive.copy_place:CopyPlace.demand")
    yield from around("the copy is known to be ours", mark, **copies)
    yield Point("the copy is half begun", Moment.AFTER, Place(f"{DURABLE}:replace"), during=mark, **copies)
    yield from around("a copy is owed", Place(f"{_DEBTS}.owe"), scenario="the copy is away")
    yield from around("what was owed is settled", Place(f"{_COPYING}.settle"), scenario="copies were owed")
    yield from around("a debt is taken off", Place(f"{_DEBTS}.paid"), scenario="copies were owed")
