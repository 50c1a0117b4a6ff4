"""The types of the schema's values: each with its check, and what it looks like in the JSON schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from ..model.kinds import Kind
from ..model.retention import LEAST, MOST_YEARS
from ..model.secret import SecretRef, SecretSource
from ..model.verifier import Verifier
from ..model.working_days import STATES
from . import addresses, checks


_LABEL = r"[a-z0-9][a-z0-9-]*"
_AGE_RECIPIENT = r"age1[02-9ac-hj-np-z]{58}"
_LOG_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"

Size = Annotated[
    int, PlainValidator(checks.size), WithJsonSchema({"type": "string", "pattern": f"^{checks.SIZE.pattern}$"})
]
"""Bytes, written `2 GiB`."""

Length = Annotated[
    checks.Duration,
    PlainValidator(checks.parse_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{checks.DURATION.pattern}$"}),
]
"""A duration, written `3 working days`."""

Span = Annotated[
    checks.Duration,
    PlainValidator(checks.span),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": f"^{checks.DURATION.pattern}$"}),
]
"""A length of time by the clock, written `15 minutes`; `0 minutes` for none."""

SomeSpan = Annotated[Span, PlainValidator(checks.span_of_some_length)]
"""The same, longer than nothing."""

WebAddress = Annotated[
    str, PlainValidator(addresses.address("https", "http")), WithJsonSchema({"type": "string", "format": "uri"})
]
"""https, or http to this machine itself."""

WebAddressOrNothing = Annotated[
    str, PlainValidator(addresses.address_or_nothing("https", "http")), WithJsonSchema({"type": "string"})
]

ProxyAddress = Annotated[str, PlainValidator(addresses.proxy), WithJsonSchema({"type": "string"})]
"""http or https, host and port; empty: none."""

MailServer = Annotated[str, PlainValidator(addresses.mail_server), WithJsonSchema({"type": "string", "format": "uri"})]
"""smtps, smtp+starttls, or smtp on this machine itself."""

MailAddress = Annotated[str, PlainValidator(addresses.mailbox), WithJsonSchema({"type": "string", "format": "email"})]

MailAddressOrNothing = Annotated[
    str, PlainValidator(lambda text: "" if text == "" else addresses.mailbox(text)), WithJsonSchema({"type": "string"})
]

AbsolutePath = Annotated[Path, PlainValidator(checks.absolute), WithJsonSchema({"type": "string", "pattern": "^/"})]

AbsolutePathOrNothing = Annotated[
    str, PlainValidator(checks.absolute_or_nothing), WithJsonSchema({"type": "string", "pattern": "^(/|$)"})
]

Label = Annotated[
    str,
    PlainValidator(checks.matching(_LABEL, "must be a label of small letters, digits and hyphens")),
    WithJsonSchema({"type": "string", "pattern": f"^{_LABEL}$"}),
]
"""The name of an insurer or an account; it becomes a file's name below `state/`."""

AgeRecipient = Annotated[
    str,
    PlainValidator(
        checks.matching(_AGE_RECIPIENT, "must be the public key of an age identity, which begins with age1")
    ),
    WithJsonSchema({"type": "string", "pattern": f"^{_AGE_RECIPIENT}$"}),
]
"""For whom something is encrypted, as `age-keygen` writes it."""

LogName = Annotated[
    str,
    PlainValidator(checks.matching(_LOG_NAME, "must be a name of letters, digits, dots, hyphens and underscores")),
    WithJsonSchema({"type": "string", "pattern": f"^{_LOG_NAME}$"}),
]
"""The audit log's own name; it stands in each checkpoint, and in the names of files at anchors."""

PublicKey = Annotated[
    Verifier,
    PlainValidator(checks.verifier),
    WithJsonSchema({"type": "string", "pattern": r"^[^\s+]+\+[0-9a-f]{8}\+[0-9A-Za-z+/=]+$"}),
]
"""`NAME+ID+KEY`."""

HolidaysOf = Annotated[
    str, PlainValidator(checks.holidays_of), WithJsonSchema({"type": "string", "enum": ["DE", *STATES]})
]
"""A German state by its two letters, or DE for what is a holiday in all of them."""

BrokerNumber = Annotated[
    str,
    PlainValidator(checks.matching(r"\S.{0,39}", "must be a broker number of at most 40 characters")),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 40}),
]

Command = Annotated[
    tuple[str, ...],
    PlainValidator(checks.command),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "minItems": 1}),
]

Version = Annotated[
    str, PlainValidator(checks.version), WithJsonSchema({"type": "string", "pattern": f"^{checks.VERSION}$"})
]
"""BiPRO major, minor, patch and the insurer's major, minor."""

ConsumerId = Annotated[
    str,
    PlainValidator(checks.matching(r".{0,50}", "must be text of at most 50 characters")),
    WithJsonSchema({"type": "string", "maxLength": 50}),
]

ListCategory = Annotated[
    str,
    PlainValidator(checks.category_or_nothing),
    WithJsonSchema({"type": "string", "pattern": f"^({checks.CATEGORY.pattern})?$"}),
]
"""What the categories of the list begin with that is asked for; empty for all of them."""

TgicName = Annotated[
    str,
    PlainValidator(checks.matching(r"\S(.*\S)?", "must be text that neither begins nor ends with a blank")),
    WithJsonSchema({"type": "string", "minLength": 1}),
]

Cron = Annotated[str, PlainValidator(checks.cron), WithJsonSchema({"type": "string"})]
"""Five fields: minute, hour, day, month, weekday."""

TimeZone = Annotated[str, PlainValidator(checks.timezone), WithJsonSchema({"type": "string"})]

Workers = Annotated[
    int,
    PlainValidator(checks.workers),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": checks.MOST_WORKERS}),
]

CallsPerSecond = Annotated[
    float,
    PlainValidator(checks.calls_per_second),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": checks.MOST_CALLS_PER_SECOND}),
]

AnyKind = Annotated[Kind, PlainValidator(checks.kind), WithJsonSchema({"enum": list(Kind)})]

KindOrCategory = Annotated[str, PlainValidator(checks.kind_or_category), WithJsonSchema({"type": "string"})]

Retained = Annotated[str, PlainValidator(checks.retained), WithJsonSchema({"enum": list(LEAST)})]
"""A kind, or the audit log."""

Years = Annotated[
    int, PlainValidator(checks.years), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_YEARS})
]

CategoryPrefix = Annotated[
    str, PlainValidator(checks.category), WithJsonSchema({"type": "string", "pattern": f"^{checks.CATEGORY.pattern}$"})
]

_REFERENCE = {
    "type": "object",
    "properties": {
        source: {"type": "array", "items": {"type": "string"}} if source == "command" else {"type": "string"}
        for source in SecretSource
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}

Reference = Annotated[SecretRef, PlainValidator(checks.secret), WithJsonSchema(_REFERENCE)]
"""Where a secret is found; never the secret."""

UserName = Annotated[
    str | SecretRef, PlainValidator(checks.user_name), WithJsonSchema({"anyOf": [{"type": "string"}, _REFERENCE]})
]
