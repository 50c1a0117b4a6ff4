import socket
import threading
import time
from datetime import timedelta

import pytest

from bipro_sync.bipro import Connection
from bipro_sync.errors import BreakerOpenError, CredentialMissingError, InsurerError, TemporaryError
from bipro_sync.insurers import open_provider
from bipro_sync.model.ports import SystemClock

from ..bipro.fixtures import answer, token_answer
from ..bipro.insurer import Insurer
from ..bipro.recorders import Observer
from ..certificates import NOW, certified, packed


class ClosedGate:
    """Lets nobody log in, and remembers who wanted to."""

    def __init__(self):
        self.attempts = []

    def attempt(self, identity, secret, *, hub):
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
def insurer(held):
    return lambda auth, **section: held(
        one={
            "sts_url": '"https://one.invalid/sts"',
            "transfer_url": '"https://one.invalid/transfer"',
            "auth": auth,
            **section,
        }
    )["one"]


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


def test_a_certificate_reaches_the_gate_by_its_serial_number(insurer, pkcs12):
    gate = ClosedGate()
    one = insurer(f'{{ method = "certificate", certificate = {pkcs12.section()} }}')
    provider = open_provider(one, observer=DeafObserver(), gate=gate, clock=SystemClock())
    with pytest.raises(BreakerOpenError):
        provider.login()
    provider.close()
    assert [identity for identity, _ in gate.attempts] == ["CAFE01"]


@pytest.mark.parametrize(("begin", "end"), [(-2, -1), (1, 2)])
def test_a_certificate_out_of_its_time_is_never_tried(insurer, pkcs12, begin, end):
    day = timedelta(days=1)
    pkcs12.write(packed(certified("broker", serial=0xCAFE01, begin=NOW + begin * day, end=NOW + end * day)))
    gate = ClosedGate()
    one = insurer(f'{{ method = "certificate", certificate = {pkcs12.section()} }}')
    with pytest.raises(CredentialMissingError, match="CAFE01"):
        open_provider(one, observer=DeafObserver(), gate=gate, clock=SystemClock()).login()
    assert not gate.attempts


def test_the_insurers_clock_is_unknown_before_its_first_answer(insurer, pkcs12):
    one = insurer(f'{{ method = "tls", certificate = {pkcs12.section()} }}', sts_url=None)
    provider = open_provider(one, observer=DeafObserver(), gate=ClosedGate(), clock=SystemClock(), stop=lambda: True)
    assert provider.clock_skew is None
    provider.close()


@pytest.mark.parametrize(
    ("spoil", "place", "reason"),
    [
        (lambda file: file.path.unlink(), "[insurers.one.auth.certificate] file: ", "No such file"),
        (lambda file: file.path.chmod(0o644), "[insurers.one.auth.certificate] file: ", "is open to others"),
        (lambda file: file.write(b"none"), "[insurers.one.auth.certificate] file: ", "is no PKCS#12 file"),
        (lambda file: file.say("other"), "[insurers.one.auth.certificate] file: ", "does not open"),
        (lambda file: file.passphrase.unlink(), "[insurers.one.auth.certificate] passphrase: ", "No such file"),
    ],
)
def test_a_certificate_that_cannot_be_had_ends_it_before_the_gate(insurer, pkcs12, spoil, place, reason):
    spoil(pkcs12)
    one = insurer(f'{{ method = "certificate", certificate = {pkcs12.section()} }}')
    gate = ClosedGate()
    with pytest.raises(CredentialMissingError) as caught:
        open_provider(one, observer=DeafObserver(), gate=gate, clock=SystemClock())
    assert caught.value.message.startswith(place)
    assert reason in caught.value.message
    assert caught.value.message.endswith("nothing was sent.")
    assert not gate.attempts


class OpenGate:
    """Lets everybody log in, and keeps what became of it."""

    def __init__(self):
        self.verdicts = []

    def attempt(self, identity, secret, *, hub):
        pass

    def conclude(self, verdict, reason):
        self.verdicts.append(verdict)


class Listener:
    """Takes note of intents and outcomes."""

    def __init__(self):
        self.calls = []

    def intent(self, intent):
        self.calls.append(intent)
        return "call"

    def outcome(self, call, outcome):
        self.calls.append(outcome)


def test_an_insurers_proxy_is_the_one_that_is_asked_and_a_wish_to_stop_ends_the_waiting(insurer, monkeypatch):
    monkeypatch.setenv("P", "word")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    asked = []

    def serve(proxy):
        connection, _ = proxy.accept()
        with connection:
            asked.append(connection.recv(4096).split(b"\r\n")[0])
            connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(10)
        thread = threading.Thread(target=serve, args=(proxy,))
        thread.start()
        address = f'"http://127.0.0.1:{proxy.getsockname()[1]}"'
        one = insurer('{ username = "one", password = { env = "P" } }', proxy=address)
        provider = open_provider(one, observer=Listener(), gate=OpenGate(), clock=SystemClock(), stop=lambda: True)
        with pytest.raises(InsurerError):
            provider.login()
        thread.join(10)
        provider.close()
    assert asked == [b"CONNECT one.invalid:443 HTTP/1.1"]


def test_where_nothing_is_repeated_the_pace_is_kept_all_the_same(insurer, monkeypatch):
    monkeypatch.setenv("P", "word")
    begun = []

    def busy(connection):
        begun.append(time.monotonic())
        connection.sendall(answer(b"", status=503, content_type=""))

    there = Insurer(Observer())
    there.script.extend([token_answer(), *[busy] * 3])
    one = insurer(
        '{ username = "one", password = { env = "P" } }',
        sts_url=f'"{there.url("/sts")}"',
        transfer_url=f'"{there.url("/transfer")}"',
        calls_per_second="10",
    )
    provider = open_provider(one, observer=Listener(), gate=OpenGate(), clock=SystemClock(), repeats=False)
    for _ in range(3):
        with pytest.raises(TemporaryError):
            provider.list_shipments()
    assert provider.repeated == 0
    assert len(begun) == 3
    # What the network adds to one distance it takes from the next.
    assert begun[-1] - begun[0] >= 2 / 10 - 0.04
    provider.close()
    there.close()


def test_what_the_configuration_says_of_an_insurer_reaches_the_wire(insurer, monkeypatch):
    monkeypatch.setenv("P", "word")
    one = insurer(
        '{ method = "password", username = "one", password = { env = "P" } }',
        profile='"allianz"',
        bipro_version=None,
        account='"shared"',
        consumer_id='"ABC"',
        confirmed_flag='"false"',
        calls_per_second="2",
    )
    provider = open_provider(one, observer=DeafObserver(), gate=ClosedGate(), clock=SystemClock())
    assert provider._connection == Connection(
        insurer="one",
        account="shared",
        sts_url="https://one.invalid/sts",
        transfer_url="https://one.invalid/transfer",
        bipro_version="2.1.1.2.0",
        form=one.profile.facts.wire,
        consumer_id="ABC",
        confirmed_flag="false",
        calls_per_second=2.0,
        unlock_contact=one.profile.facts.unlock_contact,
    )
    provider.close()
