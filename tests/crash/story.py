"""One story of an office whose runs die: each run is a process of its own, half an hour after the one before."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from bipro_sync.archive import Layout
from bipro_sync.sync.breaker import breaker_state

from .promises import catalogue, decided_on_record, facts, promises_kept, refusal_noted, stored_before_acknowledged


DIED = 97
HALF_AN_HOUR = 1800
PULL = ("pull", "--no-wait")
MOST_RUNS = 6
"""Runs after which a story must have come to rest."""
GIVEN_AGAIN = (0, 2)
"""The exit codes of a command that an operator gives once more: what has taken effect already is none to decide."""


class Children:
    """Starts runs as processes that are forked from one that has everything imported."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-X", "faulthandler", "-m", "crash.child"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, **job):
        """Runs the job to its end and returns its exit code."""
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that forks has ended, and said why on stderr"
        return int(answer)

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


class Story:
    """A scenario being played in one office; after each run the promises are looked at that hold at any moment."""

    def __init__(self, scenario, office, children):
        self.scenario = scenario
        self.office = office
        self._children = children
        self._said = office.root / "said"
        self._runs = 0
        self._catalogues = None
        self._words = PULL
        scenario.prepare(self)
        self._words = scenario.command or PULL
        if scenario.rebuilds:
            self._catalogues = [catalogue(office)]

    def pull(self, *, expect=0):
        """Pulls, with this exit code."""
        code = self._pull()
        assert code == expect, self.said

    def dies(self, point, number=1):
        """Lets a pull, or the story's command, die at the *number*th pass of a point, and demands that it did."""
        code = self._dying(point=point, number=number)
        assert code == DIED, f"the point was not passed: exit {code}, {self.said}"

    def may_die(self, point, number=1):
        """Lets it die at the *number*th pass of a point, and says whether it did."""
        code = self._dying(point=point, number=number)
        assert code in (DIED, *self._codes), f"exit {code}: {self.said}"
        return code == DIED

    def killed(self, *before):
        """Pulls by the real command behind these words; says whether a kill ended it."""
        code = self._watched(lambda: self._behind(before))
        assert code in (-signal.SIGKILL, *self.scenario.codes), f"exit {code}: {self.said}"
        return code < 0

    def is_close_to_the_last_login(self):
        """Whether one more login without an answer would open the breaker for good."""
        layout = Layout(self.office.archive)
        return layout.breakers.exists() and any(breaker_state(layout, name).strikes for name in self.office.insurers)

    def counts(self):
        """Pulls, and returns how often each point was passed."""
        file = self.office.root / "passed.json"
        code = self._dying(counts=str(file))
        assert code in self._codes, f"exit {code}: {self.said}"
        return json.loads(file.read_text("utf-8"))

    def command(self, *arguments):
        """Runs another command."""
        assert self._run(arguments) == 0, self.said

    def comes_to_rest(self):
        """Pulls until a run changes nothing any more, as an operator would, and demands the story's end."""
        scenario = self.scenario
        if scenario.command:
            self._gives_it_again()
        self._rest()
        if scenario.mend:
            scenario.mend(self)
            self._rest()
        assert self.office.states() == scenario.ends
        promises_kept(self.office, scenario)

    def _rest(self):
        before = facts(self.office)
        for _ in range(MOST_RUNS):
            seen = {name: len(self.office.calls(name=name)) for name in self.office.insurers}
            code = self._pull()
            assert code in self.scenario.codes, f"exit {code}: {self.said}"
            after = facts(self.office)
            if after == before:
                break
            before = after
        else:
            raise AssertionError(f"the story does not come to rest: {self.said}")
        for name, number in seen.items():
            calls = [call["operation"] for call in self.office.calls(name=name)[number:]]
            assert calls in ([], ["login"], ["login", "listShipments"], ["login", "listShipments", "cancel"]), calls

    @property
    def _codes(self):
        return GIVEN_AGAIN if self.scenario.command else self.scenario.codes

    def _gives_it_again(self):
        """Gives the command once more, as an operator would."""
        if self.scenario.rebuilds and catalogue(self.office) is None:
            assert self._pull() == 14, "a lost catalogue is begun anew"
        code = self._command()
        assert code in GIVEN_AGAIN, f"exit {code}: {self.said}"
        if self.scenario.rebuilds:
            made = catalogue(self.office)
            assert all(each in (self._catalogues[0], None, made) for each in self._catalogues), "half a catalogue"
            assert (self._command(), catalogue(self.office)) == (0, made), "it would have been another one"

    def _dying(self, **fault):
        code = self._watched(lambda: self._run(self._words, **fault))
        decided_on_record(self.office)
        if self._catalogues:
            self._catalogues.append(catalogue(self.office))
        return code

    def _pull(self):
        return self._watched(lambda: self._run(PULL))

    def _command(self):
        return self._watched(lambda: self._run(self.scenario.command))

    def _behind(self, words):
        self._runs += 1
        child = self.office.start("pull", "--no-wait", before=words)
        _, said = child.communicate()
        self._said.write_text(said, encoding="utf-8")
        return child.returncode

    def _watched(self, run):
        """Lets a run happen, and looks at what holds at any moment."""
        office = self.office
        before = self._logins()
        refused = refusal_noted(office)
        code = run()
        # One for each run, counted from the first: what a dead run sent may be in the insurer's log a moment later.
        assert all(logins <= self._runs for logins in self._logins().values()), "a login too many"
        assert not refused or self._logins() == before, "a login after a refused one"
        stored_before_acknowledged(office, self.scenario)
        return code

    def _logins(self):
        return {name: len(self.office.calls("login", name=name)) for name in self.office.insurers}

    def _run(self, arguments, *, point=None, number=1, counts=None):
        self._runs += 1
        return self._children.run(
            arguments=["--config", str(self.office.config), *arguments],
            said=str(self._said),
            profiles=str(self.office.root / "profiles.d"),
            later=self._runs * HALF_AN_HOUR,
            point=point,
            number=number,
            counts=counts,
        )

    @property
    def said(self):
        return self._said.read_text("utf-8") if self._said.exists() else ""
