import pytest

from bipro_sync.errors import LoginRefusedError
from bipro_sync.insurers import open_provider
from bipro_sync.model.ports import LoginVerdict, Operation

from ..bipro.fixtures import answer, message, token_answer
from ..bipro.insurer import Insurer
from ..bipro.recorders import Gate, Observer, RealClock
from ..certificates import certified, packed, server_tls


@pytest.fixture
def authority():
    return certified("authority")


@pytest.fixture
def insurer(tmp_path, authority):
    """An insurer that talks to nobody without a certificate of the authority's."""
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    opened = Insurer(Observer(), server_tls(tmp_path, certified("server", authority), asking=authority))
    yield opened
    opened.close()


@pytest.fixture
def provider(held, pkcs12, insurer, tmp_path):
    opened = []

    def _provider(method, observer, gate):
        section = {
            "sts_url": f'"{insurer.url("/sts")}"',
            "transfer_url": f'"{insurer.url("/transfer")}"',
            "ca_file": f'"{tmp_path / "ca.pem"}"',
            "auth": f'{{ method = "{method}", certificate = {pkcs12.section()} }}',
        }
        opened.append(open_provider(held(one=section)["one"], observer=observer, gate=gate, clock=RealClock()))
        return opened[-1]

    yield _provider
    for each in opened:
        each.close()


@pytest.fixture
def trusted(pkcs12, authority):
    """The certificate in the file is one that the insurer knows."""
    pkcs12.write(packed(certified("broker", authority)))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("method", "operations"),
    [("certificate", [Operation.ISSUE, Operation.LIST]), ("tls", [Operation.LIST])],
)
def test_a_configured_certificate_opens_the_insurers_door(provider, insurer, method, operations):
    observer, gate = Observer(), Gate()
    insurer.script.extend([token_answer()] * (len(operations) - 1) + [answer(message("31"))])
    assert provider(method, observer, gate).list_shipments().shipments == ()
    assert [intent.operation for intent in observer.intents] == operations
    assert gate.verdicts == [LoginVerdict.ACCEPTED]
    assert b"UsernameToken" not in b"".join(served.body for served in insurer.served)


@pytest.mark.parametrize("method", ["certificate", "tls"])
def test_a_certificate_of_somebody_else_is_a_refused_login(provider, pkcs12, insurer, method):
    pkcs12.write(packed(certified("stranger")))
    gate = Gate()
    with pytest.raises(LoginRefusedError):
        provider(method, Observer(), gate).list_shipments()
    assert gate.verdicts == [LoginVerdict.REFUSED]
    assert not insurer.served
