"""GDV files for the tests of the `gdv` commands."""

from samples.synthetic.contracts import contracts
from samples.synthetic.delivery import joined, packet
from samples.synthetic.portfolio import lean


CANARY = "Kanarienvogel"


def portfolio(count=3, **form):
    """The bytes of a packet with so many contracts."""
    return joined(packet(lean(contracts(count))), **form)


def changed(data, record, start, text):
    """A file of CRLF lines in which one record has another text at a place (both from 1)."""
    place = (record - 1) * 258 + start - 1
    return data[:place] + text + data[place + len(text) :]
