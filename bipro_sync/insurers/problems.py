"""What makes an insurer unusable, found without a network; what has a problem already is never said to be missing."""

from __future__ import annotations

import re
import ssl
from collections.abc import Container, Iterator

from ..config import Config
from .auth import WITHOUT_STS, auth_of, method_problems
from .draft import Draft
from .profile import Profile


def draft_problems(draft: Draft, config: Config) -> Iterator[tuple[str, str]]:
    """
    Yield what is wrong with *draft* beyond its section's own problems: the key (`auth.owner`) and a sentence.

    *config* is the whole configuration that it is part of.
    """
    for key, sentence in _all(draft, config):
        if not draft.doubts(key):
            yield key, sentence


def _all(draft: Draft, config: Config) -> Iterator[tuple[str, str]]:
    yield from (("profile", sentence) for sentence in draft.unusable)
    yield from _address_problems(draft)
    if draft.profile:
        yield from _profile_problems(draft.profile, draft)
    if draft.values["ca_file"]:
        yield from (("ca_file", sentence) for sentence in _ca_problems(draft.values["ca_file"]))
    if draft.values["ack_after"] == "second_copy" and not config.archive.second_copy:
        yield "ack_after", "second_copy needs [archive] second_copy, which says where"
    yield from _auth_problems(draft, config.users)


def _address_problems(draft: Draft) -> Iterator[tuple[str, str]]:
    asked = ("transfer_url",) if draft.values["auth.method"] in WITHOUT_STS else ("sts_url", "transfer_url")
    for key in asked:
        if draft.values[key] is None:
            yield key, "is missing; no profile knows an address, the insurer does"


def _profile_problems(profile: Profile, draft: Draft) -> Iterator[tuple[str, str]]:
    if draft.values["bipro_version"] is None:
        yield "bipro_version", f"is missing; the profile {profile.name} does not know it, the insurer does"
    facts, consumer_id = profile.facts, draft.values["consumer_id"]
    if facts.consumer_id_required and not consumer_id:
        yield "consumer_id", f"is missing; {facts.title} demands one"
    if facts.consumer_id_form and consumer_id and not _fits(consumer_id, facts.consumer_id_form):
        form = f"must have the form {facts.consumer_id_form} at {facts.title}, where X is a letter or a digit"
        yield "consumer_id", form
    if draft.values["confirmed_flag"] not in facts.confirmed_flags:
        taken = " or ".join(f'"{flag}"' for flag in facts.confirmed_flags)
        yield "confirmed_flag", f"must be {taken} at {facts.title}"


def _fits(text: str, form: str) -> bool:
    return re.fullmatch("".join("[0-9A-Za-z]" if each == "X" else re.escape(each) for each in form), text) is not None


def _ca_problems(path: str) -> Iterator[str]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        yield "holds no certificate that can be used; it must be PEM, with BEGIN CERTIFICATE lines"
    except OSError:
        yield "is not there, or cannot be read"


def _auth_problems(draft: Draft, users: Container[str]) -> Iterator[tuple[str, str]]:
    method, owner = draft.values["auth.method"], draft.values["auth.owner"]
    if method and not draft.doubts("auth.method"):
        yield from method_problems(method, has=draft.has, own=lambda key: draft.origins.get(key) == "insurer")
        usually = draft.profile is not None and draft.profile.facts.personal_certificate
        if owner is None and auth_of(draft.auth()).is_personal(usually=usually):
            yield "auth.owner", 'is missing; a personal certificate belongs to one of [users], or is kind = "house"'
    if owner is not None and owner not in users:
        yield "auth.owner", "is not one of [users]"
