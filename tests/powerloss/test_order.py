"""The order of effects of a whole pull, as the kernel sees it: bytes, names, rows and records before what is sent."""

import json
import re


PULL = """
import sys
from bipro_sync.cli.main import main
sys.exit(main(["--config", sys.argv[1], "pull"]))
"""

SEEN = "fsync,fdatasync,rename,renameat,renameat2,fadvise64,read,write,pwrite64,sendto"
SYNCS = ("fsync", "fdatasync")
RENAMES = ("rename", "renameat", "renameat2")
SENDING = ("write", "sendto")

SOCKET = r"^\d+<(TCP|socket):"
LOG = r"/audit/audit-\d+\.jsonl>"
ROWS = r"/catalog\.db-wal>"


class Order:
    """A pull's system calls; each question is answered with positions."""

    def __init__(self, traced):
        self.calls = traced.calls

    def positions(self, names, pattern):
        return [
            place
            for place, (name, arguments, _) in enumerate(self.calls)
            if name in names and re.search(pattern, arguments)
        ]

    def first(self, names, pattern, after):
        return next(place for place in self.positions(names, pattern) if place > after)

    def sent(self):
        """Where bytes left for an insurer: they are encrypted, so whose they are only the order tells."""
        return self.positions(SENDING, SOCKET)

    def appended(self, **facts):
        """Where records with these facts were appended to the audit log, several by one write if need be."""
        found = []
        for place in self.positions(("write",), LOG):
            text = json.loads(re.search(r', ("(?:[^"\\]|\\.)*")', self.calls[place][1])[1])
            records = map(json.loads, text.splitlines())
            found += [place for record in records if facts.items() <= record.items()]
        return found


def test_before_each_acknowledgement_files_names_bytes_row_and_intent_are_safe_in_this_order(office, traced):
    office.opens(office.shipment("A"), office.shipment("B", more='framing = "inline"'), workers=1)
    watched = traced(PULL, office.config, options=["--seccomp-bpf", "-e", f"trace={SEEN}"])
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    order = Order(watched)

    intents = order.appended(type="call.intent")
    assert len(intents) == len(office.records("call.intent")) == len(office.calls())
    assert order.sent()[0] > intents[0]
    for intent in intents:
        assert order.first(SYNCS, LOG, intent) < order.first(SENDING, SOCKET, intent)
    [login] = order.appended(type="call.intent", exchange="auth")
    noted = order.positions(RENAMES, r'/state/breakers/muster\.json"')[0]
    assert noted < order.first(SYNCS, "/state/breakers>", noted) < login, "the attempt is noted before it is announced"

    for shipment in "AB":
        target = office.archive / office.ask("shipments", "show", shipment)[1]["path"]
        appeared = appeared_whole(order, target)
        named = order.first(SYNCS, f"<{target.parent}>", appeared)
        [intent] = order.appended(type="call.intent", operation="acknowledgeShipment", shipment=shipment)
        for file in target.iterdir():
            dropped = order.first(("fadvise64",), f"<{file}>.*POSIX_FADV_DONTNEED", named)
            read = order.first(("read",), f"<{file}>", dropped)
            rows = [place for place in order.positions(("pwrite64",), ROWS) if read < place < intent]
            committed = [place for place in order.positions(SYNCS, ROWS) if read < place < intent]
            assert rows[-1] < committed[-1], "what the ledger says of it is on the device"
        assert not [place for place in order.sent() if appeared < place < intent]


def appeared_whole(order, target):
    """Where a shipment appeared by one rename; by then its files were synced, once, and their names were."""
    [appeared] = order.positions(RENAMES, f'/spool/.*"{target}"')
    source = re.search(r'"([^"]*/spool/[^"]*)"', order.calls[appeared][1])[1]
    synced = [place for place in order.positions(SYNCS, f"<{source}/") if place < appeared]
    assert len(synced) == len(list(target.iterdir()))
    for place in synced:
        path = re.search("<([^>]*)>", order.calls[place][1])[1]
        named = order.positions(RENAMES, f'"{path}"')
        received = re.search('"([^"]*)"', order.calls[named[0]][1])[1] if named else path
        assert order.positions(("write",), f"<{received}>")[-1] < place
    assert order.positions(SYNCS, f"<{source}>")[-1] < appeared
    return appeared
