"""Asking what GDV files told; it changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import msgspec

from .database import Catalogue
from .gdv_entries import Foreign, GdvRemark, GdvSummary, Place, Seen, State
from .gdv_index import SEPARATOR
from .sql import Condition


_DECODER = msgspec.json.Decoder(dict[str, list[dict[str, str]]])

_STATES = """
    SELECT gdv_rows.*, content,
        begun.id AS begun_id, begun.at AS begun_at, begun.position AS begun_position, begun.member AS begun_member,
        begun.packet AS begun_packet, begun_in.path AS begun_path,
        ended.id AS ended_id, ended.at AS ended_at, ended.position AS ended_position, ended.member AS ended_member,
        ended.packet AS ended_packet, ended_in.path AS ended_path
    FROM gdv_rows JOIN gdv_contents USING (row)
    JOIN gdv_deliveries AS begun ON begun.delivery = since
    JOIN shipments AS begun_in ON begun_in.number = begun.number
    LEFT JOIN gdv_deliveries AS ended ON ended.delivery = until
    LEFT JOIN shipments AS ended_in ON ended_in.number = ended.number
    """


class GdvQueries:
    """
    The questions that the commands ask about GDV data.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def states(
        self,
        kinds: Collection[str],
        *,
        insurers: Collection[str] = (),
        policy: str | None = None,
        statuses: Collection[str] = (),
        lines: Collection[str] = (),
        latest: bool = True,
        limit: int | None = None,
    ) -> Iterator[State]:
        """
        Yield states of things of these kinds, by insurer and key, a thing's oldest first; all unless narrowed down.

        *latest* are those that no later delivery has ended; *policy* is a normalised policy number.
        """
        which = Condition()
        which.one_of("gdv_rows.kind", kinds)
        if insurers:
            which.one_of("gdv_rows.insurer", insurers)
        if policy is not None:
            which.demand("policy = ?", policy)
        if statuses:
            which.one_of("status", statuses)
        if lines:
            which.one_of("gdv_rows.line", lines)
        if latest:
            which.demand("until IS NULL")
        query = f"{_STATES} {which} ORDER BY gdv_rows.insurer, gdv_rows.kind, key, since LIMIT ?"
        with self._catalogue.read() as connection:
            for row in connection.execute(query, (*which.values, -1 if limit is None else limit)):
                yield _state(row)

    def policies(self, insurer: str) -> Iterator[str]:
        """
        Yield the normalised policy numbers of an insurer's contracts, those that have ended included.
        """
        query = "SELECT DISTINCT policy FROM gdv_rows WHERE insurer = ? AND kind = 'contract'"
        with self._catalogue.read() as connection:
            yield from (policy for (policy,) in connection.execute(query, (insurer,)))

    def has_policy(self, numbers: Collection[str], insurers: Collection[str] = ()) -> bool:
        """
        Say whether a contract with one of these normalised numbers was ever told of.
        """
        which = Condition()
        which.one_of("policy", numbers)
        which.demand("kind = 'contract'")
        if insurers:
            which.one_of("insurer", insurers)
        query = f"SELECT EXISTS (SELECT 1 FROM gdv_rows {which})"  # noqa: S608 - values are bound
        with self._catalogue.read() as connection:
            return bool(connection.execute(query, which.values).fetchone()[0])

    def waiting(self, insurers: Collection[str] = ()) -> Mapping[str, int]:
        """
        Return of how many shipments the GDV files were not looked at yet, by insurer; insurers without any are left
        out.
        """
        which = Condition()
        if insurers:
            which.one_of("insurer", insurers)
        query = f"SELECT insurer, count(*) FROM gdv_to_do {which} GROUP BY insurer"  # noqa: S608 - values are bound
        with self._catalogue.read() as connection:
            return dict(connection.execute(query, which.values).fetchall())

    def summaries(self) -> Mapping[str, GdvSummary]:
        """
        Return what needs an eye, by insurer; its cost grows with that only.
        """
        found: dict[str, GdvSummary] = defaultdict(GdvSummary)
        for insurer, number in self.waiting().items():
            found[insurer] = replace(found[insurer], waiting=number)
        with self._catalogue.read() as connection:
            for column in ("unreadable", "foreign"):
                table = {"unreadable": "gdv_remarks", "foreign": "gdv_foreign"}[column]
                query = f"SELECT insurer, count(DISTINCT number) FROM {table} GROUP BY insurer"  # noqa: S608
                for insurer, number in connection.execute(query):
                    found[insurer] = replace(found[insurer], **{column: number})
        return found

    def remarks(self, number: int) -> tuple[list[GdvRemark], list[Foreign]]:
        """
        Return what there is to say of a shipment's GDV files: what could not be read, and others' broker numbers.
        """
        with self._catalogue.read() as connection:
            said = connection.execute(
                "SELECT position, member, remark FROM gdv_remarks WHERE number = ? ORDER BY position, member", (number,)
            ).fetchall()
            alarms = connection.execute(
                "SELECT position, member, broker_number, records, first_record FROM gdv_foreign WHERE number = ?"
                " ORDER BY position, member, broker_number",
                (number,),
            ).fetchall()
        return [GdvRemark(Place(*place), remark) for *place, remark in said], [
            Foreign(Place(position, member), *rest) for position, member, *rest in alarms
        ]


def _state(row: Mapping[str, Any]) -> State:
    return State(
        insurer=row["insurer"],
        kind=row["kind"],
        key=tuple(row["key"].split(SEPARATOR)),
        policy=row["policy"],
        line=row["line"],
        status=row["status"],
        since=_seen(row, "begun"),
        until=_seen(row, "ended") if row["until"] else None,
        records=tuple(map(int, row["records"].split(","))) if row["records"] else (),
        content=_DECODER.decode(row["content"]),
    )


def _seen(row: Mapping[str, Any], which: str) -> Seen:
    path = row[f"{which}_path"]
    return Seen(
        shipment=row[f"{which}_id"],
        at=datetime.fromisoformat(row[f"{which}_at"]),
        place=Place(row[f"{which}_position"], row[f"{which}_member"]),
        packet=row[f"{which}_packet"],
        path=PurePosixPath(path) if path else None,
    )
