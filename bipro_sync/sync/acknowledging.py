"""Acknowledging: the one step after which the insurer deletes; only for bytes this process read back (I1)."""

from __future__ import annotations

from dataclasses import dataclass

from ..audit import RecordType
from ..catalog import Entry
from ..errors import InsurerError, IntegrityError, LoginError
from ..insurers import Insurer, Provider
from ..model.shipment import AckVerdict
from ..model.states import ShipmentState
from .results import InsurerResult
from .workplace import Workplace


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """
    Acknowledges shipments of one insurer, for one run.
    """

    place: Workplace
    insurer: Insurer
    provider: Provider
    result: InsurerResult

    def acknowledge(self, entry: Entry, *, read_back: bool, reason: str) -> Entry:
        """
        Acknowledge one stored shipment; the entry returned says what is known of it then.

        Where it waits for a second copy that fails, it stays as it is; the run tells that once.

        *read_back* says that this process has just read the bytes back from the device; without it they are read
        now.  Raises :class:`~bipro_sync.errors.IntegrityError` where they are not those that were stored (nothing
        is sent then), :class:`~bipro_sync.errors.InsurerError` or :class:`~bipro_sync.errors.LoginError` where
        surely nothing was carried out.
        """
        if not read_back:
            self._read_back(entry)
        place = self.place
        waits = self.insurer.ack_after == "second_copy"
        if place.copying and not place.copying.before_acknowledging(entry, waits=waits):
            return entry
        before = entry.state
        tried_before = before in {ShipmentState.ACK_UNKNOWN, ShipmentState.ACKNOWLEDGED}
        entry = place.ledger.move(entry, ShipmentState.ACK_INTENT, place.clock.now(), reason=reason)
        place.audit.write(
            RecordType.ACK_DECISION,
            durable=False,  # the call's own intent, which follows, takes it to the device before anything is sent
            insurer=self.insurer.name,
            account=self.insurer.account,
            shipment=entry.id,
            detail=f"acknowledge; manifest {entry.manifest_sha256}; {reason}",
        )
        try:
            answer = self.provider.acknowledge(entry.id)
        except (InsurerError, LoginError) as error:
            # A provider raises only where surely nothing was carried out; doubt is a verdict.
            back = ShipmentState.ACK_UNKNOWN if tried_before else before
            place.ledger.move(entry, back, place.clock.now(), reason=error.message)
            raise
        verdict, detail = answer.verdict, answer.detail
        if verdict is AckVerdict.UNKNOWN_ID and tried_before:
            detail = f"an earlier acknowledgement had arrived: {detail}"
        state = _STATES[verdict, tried_before]
        entry = place.ledger.move(entry, state, place.clock.now(), reason=detail)
        if state is ShipmentState.ACKNOWLEDGED:
            self.result.note_acknowledged()
        return entry

    def _read_back(self, entry: Entry) -> None:
        assert entry.path is not None
        stored = self.place.archive.read_back(entry.path)
        if stored.manifest_sha256 != entry.manifest_sha256:
            raise IntegrityError(
                f"The manifest of shipment {entry.id} of {entry.insurer} is not the one that was stored."
            )


_STATES = {
    (AckVerdict.CONFIRMED, False): ShipmentState.ACKNOWLEDGED,
    (AckVerdict.CONFIRMED, True): ShipmentState.ACKNOWLEDGED,
    (AckVerdict.UNKNOWN_ID, False): ShipmentState.ACK_UNKNOWN,
    (AckVerdict.UNKNOWN_ID, True): ShipmentState.ACKNOWLEDGED,
    (AckVerdict.REFUSED, False): ShipmentState.ACK_REFUSED,
    (AckVerdict.REFUSED, True): ShipmentState.ACK_REFUSED,
    (AckVerdict.UNCLEAR, False): ShipmentState.ACK_UNKNOWN,
    (AckVerdict.UNCLEAR, True): ShipmentState.ACK_UNKNOWN,
}
"""What an answer means, by verdict and by whether an earlier acknowledgement may have arrived."""
