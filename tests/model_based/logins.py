"""Which login may follow which (invariant I7), told from the insurer's own log of calls."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


PAUSE = timedelta(minutes=15)
"""How long a login without an answer keeps the next one waiting."""


@dataclass
class Strike:
    """A login that was refused, or one whose answer nobody saw; a password of None stands for each."""

    password: str | None
    at: datetime
    answered: bool


@dataclass
class Logins:
    """
    What one account's logins since the last success or unblocking forbid; each that the insurer saw is held against it.

    *wrong* are the wrong passwords in a row as the insurer counts them.  In a history that is *doubtful* a run was
    killed about to log in: it may count what the insurer never saw.
    """

    strikes: list[Strike] = field(default_factory=list)
    wrong: int = 0
    doubtful: bool = False

    def objection(self, password, now):
        """Why no login with this password may be sent now, or None."""
        if len(self.strikes) >= 2:
            return "two logins were refused or stayed unanswered"
        for strike in self.strikes:
            if strike.answered and strike.password in {password, None}:
                return "this password was refused"
            if not strike.answered and now - strike.at < PAUSE:
                return "a login has had no answer for less than 15 minutes"
        return None

    def sent(self, call, password, now, *, heard):
        """Takes a login that the insurer saw; *heard* says whether the run lived to note how it ended."""
        assert not (objection := self.objection(password, now)), f"a login was sent though {objection}"
        self.wrong = 0 if "token" in call["effects"] else self.wrong + ("refused" in call["effects"])
        assert self.wrong < 3, "the third wrong password in a row locks the account"
        if not heard or {"close", "lose-answer"} & set(call["fired"]):
            self.strikes.append(Strike(password, now, answered=False))
        elif "token" in call["effects"]:
            self.forgotten()
        elif call["status"] != 503 and "00940" not in call["codes"]:
            self.refused(password, now)

    def refused(self, password, now):
        """Takes a refusal of the password or the account, at a login or later."""
        self.strikes.append(Strike(password, now, answered=True))

    def forgotten(self):
        """Begins anew, after a success."""
        self.strikes.clear()
        self.doubtful = False

    def unblocked(self):
        """Takes the word of an operator, who has had the insurer begin to count anew."""
        self.forgotten()
        self.wrong = 0

    def nameless(self):
        """Forgets which password was refused, as whoever has only the audit log to go by must."""
        for strike in self.strikes:
            strike.password = None
