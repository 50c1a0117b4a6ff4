"""Who it is that acts, by `[users]`, and whether they may: the table of rights applied; it writes and opens nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from .. import __version__
from ..audit import Identity, Session
from ..config import Config
from ..errors import NotPermittedError
from ..model.ports import Clock
from ..model.rights import OF_ONE_INSURER, RIGHTS, Role, Verb
from ..model.zone import BERLIN


SOFTWARE = f"bipro-sync {__version__}"

_WHO_MAY = "Ask somebody who may; the table stands in docs/roles.md, and roles in [users] of the configuration."


def session_of(config: Config, identity: Identity, run: str) -> Session:
    """
    Return who acts: the person in `[users]` whose login this is, or the schedule and who answers for it.

    In earnest nobody is taken for a person whom no login, terminal or unit of ours tells from a schedule.
    """
    told = identity.attended or config.environment == "test"
    nobody = identity.scheduled or not told
    known = ((key, user) for key, user in config.users.items() if user.login == identity.os_user and not nobody)
    key, user = next(known, (None, None))
    return Session(
        run=run,
        actor="schedule" if identity.scheduled else "person" if told else "unknown",
        principal=key,
        principal_name=user.name if user else None,
        role=user.role if user else None,
        responsible=config.audit.responsible if identity.scheduled else None,
        invocation=identity.invocation if identity.scheduled else None,
        os_user=identity.os_user,
        software=SOFTWARE,
        scope=user.insurer if user else None,
    )


def refusal_of(
    config: Config, session: Session, verb: Verb, insurers: Collection[str], clock: Clock
) -> NotPermittedError | None:
    """
    Return why this may not be done, if it may not; in the test environment an unknown person may do everything.
    """
    today = clock.now().astimezone(BERLIN).date()
    if session.actor == "unknown":
        return NotPermittedError(
            f"Nobody stands behind this process of {session.os_user}: it has neither a login's session nor a terminal, "
            "and it is no unit of ours, so nothing was done.",
            hint="Run it after a login or at a terminal, or by a systemd unit whose name begins with bipro-sync.",
        )
    if session.actor == "schedule":
        return _refusal_of_schedule(config, verb, today)
    person = config.users.get(session.principal or "")
    if person is None and config.environment == "test":
        return None
    if person is None or not person.is_active(today):
        return NotPermittedError(
            f"The login {session.os_user} is not an active person in [users], so nothing was done.",
            hint="Enter the person in [users] of the configuration, or run the command as one who is.",
        )
    if Role(person.role) not in RIGHTS[verb]:
        return NotPermittedError(f"`{verb}` is not for the role {person.role}, so nothing was done.", hint=_WHO_MAY)
    if session.scope and (verb not in OF_ONE_INSURER or not {session.scope}.issuperset(insurers)):
        return NotPermittedError(
            f"{session.principal} may see {session.scope} only, so nothing was done.",
            hint=f"Ask with --insurer {session.scope}, where the command has that.",
        )
    return None


def _refusal_of_schedule(config: Config, verb: Verb, today: date) -> NotPermittedError | None:
    if Role.SCHEDULE not in RIGHTS[verb]:
        return NotPermittedError(f"`{verb}` is not for a schedule, so nothing was done.", hint=_WHO_MAY)
    responsible = config.users.get(config.audit.responsible or "")
    if config.environment == "production" and not (responsible and responsible.is_active(today)):
        return NotPermittedError(
            f"{config.audit.responsible}, who answers for scheduled runs, is not active, so nothing was done.",
            hint="Name somebody in [audit] responsible who is.",
        )
    return None
