"""Tell the gate where a transfer call refuses the login itself, after it was taken; nothing is sent for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock

from ...errors import InsurerError
from ...model.ports import LoginGate
from ..calls.call import Call
from .attempt import attempted
from .credential import Credential
from .judging import Judge


class LaterRefusal:
    """
    Watches transfer calls of one account; *lock* is held while the gate is told, and *forget* called before.
    """

    def __init__(
        self, credential: Credential, judge: Judge, *, gate: LoginGate, lock: Lock, forget: Callable[[], None]
    ) -> None:
        self._credential = credential
        self._judge = judge
        self._gate = gate
        self._lock = lock
        self._forget = forget

    @contextmanager
    def watching(
        self, opened: AbstractContextManager[Call], refuses: Callable[[Call, InsurerError], bool]
    ) -> Iterator[Call]:
        """
        Give the call *opened*; an error of it that *refuses* the login becomes what the judge makes of it.

        Raises :class:`LoginRefusedError` then, or :class:`BreakerOpenError` where the gate had closed meanwhile.
        """
        # The stack ends last: the gate concludes once the call's outcome is recorded, as with every login.
        with ExitStack() as noted, opened as call:
            try:
                yield call
            except InsurerError as error:
                if not refuses(call, error):
                    raise
                noted.enter_context(self._lock)
                self._forget()
                noted.enter_context(noted.enter_context(attempted(self._gate, self._credential)).under_way())
                raise self._judge.meaning(call, error) from None
