import pytest

from bipro_sync.config import load
from bipro_sync.errors import BreakerOpenError, CredentialMissingError
from bipro_sync.insurers import effective, open_provider
from bipro_sync.model.ports import SystemClock


class ClosedGate:
    """Lets nobody log in, and remembers who wanted to."""

    def __init__(self):
        self.attempts = []

    def attempt(self, identity, secret):
        self.attempts.append((identity, secret.reveal()))
        raise BreakerOpenError("Closed.")

    def conclude(self, verdict, reason):
        raise AssertionError("nothing was sent")


class DeafObserver:
    def intent(self, intent):
        raise AssertionError("nothing may be sent")

    def outcome(self, call, outcome):
        raise AssertionError("nothing may be sent")


@pytest.fixture
def insurer(tmp_path):
    def _insurer(auth):
        path = tmp_path / "config.toml"
        path.write_text(
            '[archive]\nroot = "/x"\n[insurers.one]\nenvironment = "test"\nbipro_version = "2.6.1.1.0"\n'
            f'sts_url = "https://one.invalid/sts"\ntransfer_url = "https://one.invalid/transfer"\nauth = {auth}\n',
        )
        return effective(load(path))["one"]

    return _insurer


def test_name_and_password_reach_the_gate_before_anything_is_sent(insurer, tmp_path):
    for name, text in (("name", "BROKER-1"), ("word", "a<b&c")):
        (tmp_path / name).write_text(text + "\n")
        (tmp_path / name).chmod(0o400)
    gate = ClosedGate()
    one = insurer(f'{{ username = {{ file = "{tmp_path / "name"}" }}, password = {{ file = "{tmp_path / "word"}" }} }}')
    provider = open_provider(one, observer=DeafObserver(), gate=gate, clock=SystemClock())
    with pytest.raises(BreakerOpenError):
        provider.login()
    provider.close()
    assert gate.attempts == [("BROKER-1", "a<b&c")]


def test_a_missing_secret_ends_it_before_the_gate(insurer):
    gate = ClosedGate()
    one = insurer('{ username = "BROKER-1", password = { file = "/nowhere" } }')
    with pytest.raises(
        CredentialMissingError, match=r"^\[insurers\.one\.auth\] password: .*nothing was sent"
    ) as caught:
        open_provider(one, observer=DeafObserver(), gate=gate, clock=SystemClock())
    assert "Put the secret" in caught.value.hint
    assert not gate.attempts
