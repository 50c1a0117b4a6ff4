"""What one check found: a verdict, a sentence and a remedy; it never repeats a secret or a customer's datum."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..errors import BiproSyncError, ExitCode


class Verdict(StrEnum):
    """
    How bad it is: a warning may hurt one day, a failure ends pulls already.
    """

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """
    One finding; *insurer* is None where it concerns all, *exit_code* is what a failure ends the command with.
    """

    id: str
    insurer: str | None
    verdict: Verdict
    sentence: str
    remedy: str = ""
    exit_code: ExitCode = ExitCode.OK

    @classmethod
    def failed(cls, check_id: str, insurer: str | None, error: BiproSyncError) -> Check:
        """
        Return the finding that an error stands for.
        """
        return cls(check_id, insurer, Verdict.FAIL, error.message, error.hint, error.exit_code)

    def as_json(self) -> dict[str, object]:
        """
        Return the object of `doctor --json`.
        """
        return {
            "id": self.id,
            "insurer": self.insurer,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "remedy": self.remedy,
        }
