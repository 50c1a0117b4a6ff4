import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bipro_sync.bipro.pkcs12 import load_pkcs12
from bipro_sync.errors import CredentialMissingError, ExitCode
from bipro_sync.model.secret import Secret

from ..certificates import LEGACY, MODERN, PASSPHRASE, certified, ec_key, packed, packed_without, rsa_key


PERSON = "Erika Beispiel"


def _loaded(data, passphrase=PASSPHRASE):
    return load_pkcs12(data, Secret(passphrase))


def _refused(data, passphrase=PASSPHRASE):
    with pytest.raises(CredentialMissingError) as caught:
        _loaded(data, passphrase)
    error = caught.value
    said = f"{error!r} {error.message} {error.hint} {error.__cause__!r}"
    assert "nothing was sent" in error.message
    assert error.exit_code is ExitCode.LOGIN
    assert PERSON not in said
    assert PASSPHRASE not in said
    return error.message


@pytest.mark.parametrize("protection", [MODERN, LEGACY], ids=["AES", "3DES"])
@pytest.mark.parametrize("key", [ec_key, rsa_key])
def test_modern_and_older_files_are_read_with_either_kind_of_key(protection, key):
    holder = certified(PERSON, key=key())
    found = _loaded(packed(holder, protection=protection))
    assert found.certificate == holder.certificate
    assert found.key.private_numbers() == holder.key.private_numbers()
    assert found.chain == ()


@pytest.fixture
def openssl(tmp_path):
    """Packs a holder with these options of `openssl pkcs12 -export`; skips where this openssl cannot."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")

    def _openssl(holder, *options, passphrase=PASSPHRASE):
        (tmp_path / "all.pem").write_bytes(
            holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + holder.certificate.public_bytes(Encoding.PEM)
        )
        words = [program, "pkcs12", "-export", "-in", tmp_path / "all.pem", "-out", tmp_path / "out.p12", *options]
        done = subprocess.run([*words, "-passout", f"pass:{passphrase}"], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"this openssl does not make such files: {done.stderr.splitlines()[-1]}")
        return (tmp_path / "out.p12").read_bytes()

    return _openssl


RC2_40 = bytes.fromhex("2a864886f70d010c0106")
"""pbeWithSHAAnd40BitRC2-CBC."""


def test_a_file_of_the_nineties_is_read(openssl):
    holder = certified(PERSON)
    data = openssl(holder, "-legacy")
    assert RC2_40 in data
    assert _loaded(data).certificate == holder.certificate
    _refused(data, "other")


def test_an_empty_passphrase_opens_what_was_packed_with_one(openssl):
    holder = certified(PERSON)
    assert _loaded(openssl(holder, passphrase=""), "").certificate == holder.certificate
    assert _loaded(packed(holder, passphrase=""), "").certificate == holder.certificate


def test_the_chain_is_ordered_by_issuer_and_leaves_out_who_does_not_belong():
    root = certified("root")
    upper = certified("upper", root)
    lower = certified("lower", upper)
    holder = certified(PERSON, lower)
    namesake = certified("lower", certified("stranger"))
    found = _loaded(packed(holder, root, namesake, lower, upper))
    assert found.certificate == holder.certificate
    assert found.chain == (lower.certificate, upper.certificate, root.certificate)


def test_the_certificate_is_the_keys_own_wherever_it_stands():
    root = certified("root")
    holder = certified(PERSON, root)
    found = _loaded(packed_without(holder.key, root.certificate, holder.certificate))
    assert (found.certificate, found.chain) == (holder.certificate, (root.certificate,))


def test_a_passphrase_that_is_another_one_or_none_is_refused():
    data = packed(certified(PERSON))
    for passphrase in ("", "other", PASSPHRASE + " "):
        assert "its passphrase is another one" in _refused(data, passphrase)


def test_a_file_without_key_or_certificate_is_refused():
    holder = certified(PERSON)
    assert "holds no private key" in _refused(packed_without(None, holder.certificate))
    assert "holds no certificate for its private key" in _refused(packed_without(ec_key(), holder.certificate))


def test_a_key_that_signs_neither_rsa_nor_ec_is_refused():
    assert "neither RSA nor EC" in _refused(packed_without(ed25519.Ed25519PrivateKey.generate()))


@pytest.mark.parametrize("data", [b"", b"\x30", b"-----BEGIN PRIVATE KEY-----\n", b"\x00" * 100, b"0\x82\x01\x00" * 9])
def test_what_is_no_pkcs12_is_refused(data):
    assert "is no PKCS#12 file" in _refused(data)


def test_a_file_cut_anywhere_is_refused():
    data = packed(certified(PERSON), passphrase="")
    for end in [*range(20), *range(20, len(data), 37), len(data) - 1]:
        _refused(data[:end], "")
