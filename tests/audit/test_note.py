import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.audit.note import MAX_NOTE, Signer, Verifier, opened
from bipro_sync.errors import IntegrityError


TEXT = "audit.example/log\n7\nroot\n"


@pytest.fixture(scope="module")
def signer():
    return Signer("audit.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture(scope="module")
def other():
    return Signer("audit.example/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def test_a_key_has_the_id_that_other_implementations_give_it():
    # Go's checksum database publishes its key in this form.
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert str(Verifier.parse(text)) == text


def test_what_was_signed_is_read_back_with_its_key(signer):
    note = opened(signer.sign(TEXT), [signer.verifier])
    assert (note.text, note.signed_by) == (TEXT, (signer.verifier,))


def test_a_text_with_empty_lines_ends_at_the_last_one(signer):
    assert opened(signer.sign("a\n\n\nb\n"), [signer.verifier]).text == "a\n\n\nb\n"


def test_a_verifier_is_read_from_its_text(signer):
    assert Verifier.parse(f" {signer.verifier}\n") == signer.verifier


def test_keys_of_the_same_name_are_told_apart_by_their_id(signer, other):
    assert opened(signer.sign(TEXT), [other.verifier]).signed_by == ()
    both = signer.sign(TEXT) + other.sign(TEXT).rpartition(b"\n\n")[2]
    assert opened(both, [other.verifier, signer.verifier]).signed_by == (signer.verifier, other.verifier)


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_changed_bit_leaves_a_signed_note(signer, place, bit):
    note = bytearray(signer.sign(TEXT))
    note[place % len(note)] ^= 1 << bit
    try:
        found = opened(bytes(note), [signer.verifier])
    except IntegrityError:
        return
    assert found.signed_by == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        b"text\n\nsignature\n",
        "text\n\n\N{EM DASH} name\n".encode(),
        "text\n\n\N{EM DASH} name AAAA\n".encode(),
        "text\n\n\N{EM DASH} name !!!!!!!!\n".encode(),
        "text\n\n\N{EM DASH} na+me AAAAAAAA\n".encode(),
        "text\n\n\N{EM DASH}  AAAAAAAA\n".encode(),
        "text\n\n\N{EM DASH} name AAAAAAAA more\n".encode(),
        "te\txt\n\n\N{EM DASH} name AAAAAAAA\n".encode(),
        b"\xff\n\n",
        b"x" * (MAX_NOTE + 1),
    ],
)
def test_what_is_no_note_is_refused(signer, data):
    with pytest.raises(IntegrityError, match="cannot be believed"):
        opened(data, [signer.verifier])


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.partition("+")[2],
        lambda text: text.replace("audit", "other"),
        lambda text: text.replace("+", " ", 1),
        lambda text: text[:-4],
        lambda text: text.rpartition("+")[0] + "+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
        lambda _: "",
    ],
)
def test_a_text_that_is_no_verifier_is_refused(signer, change):
    with pytest.raises(IntegrityError):
        Verifier.parse(change(str(signer.verifier)))


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "with\nline"])
def test_a_key_must_have_a_name_that_a_line_can_hold(name):
    with pytest.raises(ValueError, match="name"):
        Signer(name, Ed25519PrivateKey.generate())


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(signer, text):
    with pytest.raises(ValueError, match="newline"):
        signer.sign(text)
