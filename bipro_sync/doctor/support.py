"""What may be handed to strangers who help: facts without a secret, a customer, a person or anybody's free words.

Nothing is passed on because it looks harmless: of the configuration and the audit log only what is named here.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import secrets
import subprocess
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib.metadata import distributions
from typing import Any

from ..audit import Record
from ..config import Config, HandoverSection
from ..errors import BiproSyncError, unexpected
from ..insurers import Insurer, effective


_TOLD = (
    *("seq", "ts", "type", "run", "call", "actor", "role", "insurer", "insurer_seq", "service", "operation"),
    *("exchange", "count", "bytes", "http_status", "bipro_status", "outcome", "duration_ms", "software"),
)
"""The fields of an audit record that no person writes into and no customer stands in."""

_INSURERS = (
    *("account", "environment", "bipro_version", "confirmed_flag", "list_category", "ca_file", "workers"),
    *("calls_per_second", "acknowledge", "ack_after", "deliveries", "schedule", "timezone", "expect", "contract_end"),
)
"""The keys of an insurer that are told; user names, consumer ids, broker numbers and proxies are not."""

_JOURNAL = ("journalctl", "--no-pager", "--output=short-iso", "--lines=500", "--identifier=bipro-sync")
_JOURNAL_SECONDS = 20
_OURS = ("error: ", "hint: ")
REMOVED = "[removed]"


def versions(software: str) -> dict[str, Any]:
    """
    Return what runs here, and on what.
    """
    return {
        "software": software,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": {each.name: each.version for each in sorted(distributions(), key=lambda each: each.name.lower())},
    }


def settings(config: Config) -> dict[str, Any]:
    """
    Return what the configuration says, without anybody's name, number or address.
    """
    audit = config.audit
    return {
        "environment": config.environment,
        "archive": _plain(dict(config.archive)),
        "audit": {"signed": audit.is_signed, "anchors": [each.kind for each in audit.anchors or ()]},
        "users": [{"role": user.role, "active_to": str(user.active_to)} for user in config.users.values()],
        "retention": _plain(config.terms.longer),
        "backup": {"directory": config.backup.directory, "keep": config.backup.keep},
        "daemon": {key: str(length) for key, length in config.daemon},
        "monitoring": {"pings": bool(config.monitoring.ping_url), "prometheus": config.monitoring.prometheus},
        "reports": _plain(dict(config.reports)),
        "handover": {name: _target(section) for name, section in config.handover.items()},
        "insurers": {name: _insurer(insurer) for name, insurer in effective(config).items()},
    }


def _target(section: HandoverSection) -> dict[str, Any]:
    # Of what scans only whether anything does: its words are the administrator's.
    told = {key: _plain(getattr(section, key)) for key in ("names", "format", "since")}
    return told | {"target": str(section.target), "kinds": list(section.kinds), "scan": section.scan is not None}


def _insurer(insurer: object) -> dict[str, Any]:
    if not isinstance(insurer, Insurer):
        return {"problems": "see `bipro-sync config check`"}
    told = {key: _plain(getattr(insurer, key)) for key in _INSURERS}
    sources = {key: reference.source.value for key, reference in insurer.auth.references()}
    # Without what may stand behind a question mark.
    told |= {key: getattr(insurer, key).partition("?")[0] for key in ("sts_url", "transfer_url")}
    return told | {"profile": insurer.profile.name, "method": insurer.auth.method, "secrets": sources}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def records(found: Iterable[Record]) -> Iterator[dict[str, Any]]:
    """
    Yield audit records without persons, shipments and words; a shipment is the same sign in all of one bundle.
    """
    salt = secrets.token_bytes(16)
    for record in found:
        told = {key: value for key in _TOLD if (value := getattr(record, key)) is not None}
        if record.shipment is not None:
            told["shipment"] = hashlib.blake2b(record.shipment.encode(), key=salt, digest_size=4).hexdigest()
        yield told


def journal() -> list[str]:
    """
    Return the last errors and hints that this program has left in the system's journal; nothing where there is none.
    """
    try:
        said = subprocess.run(_JOURNAL, capture_output=True, text=True, timeout=_JOURNAL_SECONDS, check=False).stdout  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line for line in said.splitlines() if any(f": {word}" in line for word in _OURS)]


def personal(config: Config, more: Iterable[str] = ()) -> frozenset[str]:
    """
    Return every word of the configuration that names somebody, and *more* of what somebody has written.
    """
    words = {word for user in config.users.values() for word in (user.name, user.login)}
    for insurer in effective(config).values():
        if isinstance(insurer, Insurer):
            words |= {*insurer.broker_numbers, insurer.consumer_id, insurer.proxy}
            words |= {insurer.auth.username} if isinstance(insurer.auth.username, str) else set()
    return frozenset(word for word in {*words, *more} if word)


def gathered(parts: Mapping[str, Callable[[], Any]], remove: Collection[str]) -> bytes:
    """
    Return a ZIP archive with each part as a JSON file, stored as it is so that anybody can look through it.

    What a part cannot tell is said in its place.  The words in *remove* stand nowhere in it.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as bundle:
        for name, part in parts.items():
            text = json.dumps(_told(part), indent=1, ensure_ascii=False, default=str) + "\n"
            bundle.writestr(f"{name}.json", _scrubbed(text, remove))
    return made.getvalue()


def _told(part: Callable[[], Any]) -> Any:
    try:
        return part()
    except BiproSyncError as error:
        return {"error": error.as_json()}
    except Exception as error:  # noqa: BLE001 - help is asked for where things are broken; a bug's text is not told
        return {"error": unexpected(error).as_json()}


def _scrubbed(text: str, remove: Collection[str]) -> str:
    for word in sorted(remove, key=len, reverse=True):
        # Whole words only: a login may be a syllable of ours.
        written = re.escape(json.dumps(word, ensure_ascii=False)[1:-1])
        text = re.sub(rf"(?<!\w){written}(?!\w)", REMOVED, text)
    return text
