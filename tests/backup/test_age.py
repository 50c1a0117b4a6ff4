import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.backup.age import Identity, Recipient, bech32, decrypted, encrypted, locked, unlocked
from bipro_sync.errors import CredentialMissingError, IntegrityError


KEY = Identity.generate()
CHUNK = 64 << 10

BY_RAGE = base64.b64decode(
    """YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBKTkcwc3ZLQ3VVQmlKRFVHOHpZVk51aFlrcysyaEhjZjRvWHJwcFh1YjJJ
    Cnl3cVBza3c0Mmh2Tk12Sk5sNXk0SmtCZUtFWU10VkNRSDhKR0t2SEJDKzAKLT4gdHMpUi1ncmVhc2UgXCB9Rl85CmxJSjgxL1Jt
    Y05lanU0WUY3Ry8yUS80U2NkVGxZT21MUTZiQ0tDTUtPVTFyNnRMSlFOY2VNdUo5d2xyZ0Y3NAotLS0gRVZrT3hiY2E4VVpNekhH
    V3AvekgzZ0g4bDRjVFY4QXR5ZDIvSGhjaWFUawrV53fWkc4Ef5rU9sgrKWkowEcoWdvqCRra7ej5QWPrMpU7gVjcOL2WygANnxyu
    JMe0VA=="""
)
ITS_IDENTITY = "AGE-SECRET-KEY-1AW6M7ZFDEDU0VR3FAFPHHTY9ZJZDWQUP8L369MMAJ59G0H8FJG8QXNJ5WE"
BY_RAGE_WITH_A_PASSPHRASE = base64.b64decode(
    """YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBZQWdLc0NsdHRDd3ZDVkUxeWRRR0FRIDE4CkRzL3cxaUhkcHFCTXR0azF3
    Ti9QVndCcFh0R0R3bk1IZHJWQTlnb0gvTGsKLS0tIG5ycnl2Sm5CSXM5cHhEM3ljZURScVhRMFZodUszeFdsMU1uRW5SQTExeG8K
    5kzyYdrg2VXtpcLv+f6OOre7cggJqChA8BLlHLgdzxLgOLrzzQPWcTHnm0ivDVx/bX0="""
)


def in_pieces(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


def test_what_another_program_has_encrypted_is_read():
    """Made with rage, by pyrage 1.3."""
    identity = Identity.parse(f"# created by another program\n{ITS_IDENTITY}\n")
    assert b"".join(decrypted([BY_RAGE], identity)) == b"by another program"
    assert unlocked(BY_RAGE_WITH_A_PASSPHRASE, "pass wort") == b"by another program"


@given(st.sampled_from([0, 1, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]), st.integers(1, 2 * CHUNK))
def test_what_was_encrypted_comes_back_whatever_its_size_and_the_pieces_it_comes_in(size, piece):
    plain = bytes(range(256)) * (size // 256) + bytes(size % 256)
    secret = b"".join(encrypted(in_pieces(plain, piece), KEY.recipient))
    assert b"".join(decrypted(in_pieces(secret, piece), KEY)) == plain


@given(st.binary(max_size=200), st.data())
def test_any_changed_or_missing_byte_is_damage(plain, data):
    secret = b"".join(encrypted([plain], KEY.recipient))
    place = data.draw(st.integers(0, len(secret) - 1))
    changed = secret[:place] + bytes([secret[place] ^ data.draw(st.integers(1, 255))]) + secret[place + 1 :]
    for damaged in (changed, secret[:place]):
        with pytest.raises((IntegrityError, CredentialMissingError)):
            list(decrypted([damaged], KEY))


def test_a_file_that_was_cut_between_two_chunks_or_has_one_twice_is_damage():
    secret = b"".join(encrypted([bytes(3 * CHUNK)], KEY.recipient))
    sealed = CHUNK + 16
    body = len(secret) - 3 * sealed
    for damaged in (secret[: body + sealed], secret[: body + sealed] + secret[body:], secret + secret[-sealed:]):
        with pytest.raises(IntegrityError):
            list(decrypted([damaged], KEY))


def test_another_key_or_passphrase_opens_nothing():
    secret = b"".join(encrypted([b"x"], KEY.recipient))
    with pytest.raises(CredentialMissingError):
        list(decrypted([secret], Identity.generate()))
    with pytest.raises(CredentialMissingError):
        unlocked(locked(b"x", "one"), "another")


def test_no_two_files_are_alike():
    assert len({b"".join(encrypted([b"x"], KEY.recipient)) for _ in range(10)}) == 10


def test_keys_are_written_as_other_programs_write_them_and_the_secret_one_shows_nothing():
    assert Recipient.parse(str(KEY.recipient)) == KEY.recipient
    assert Identity.parse(KEY.reveal()).recipient == KEY.recipient
    assert str(KEY.recipient).startswith("age1")
    assert KEY.reveal().startswith("AGE-SECRET-KEY-1")
    assert KEY.reveal() not in repr(KEY)


@given(st.binary(min_size=32, max_size=32), st.integers(5, 60), st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))
def test_a_typing_error_in_a_key_is_noticed(key, place, letter):
    text = bech32.encode("age", key)
    wrong = text[:place] + letter + text[place + 1 :]
    assert bech32.decode("age", text) == key
    if wrong != text:
        with pytest.raises(ValueError, match="check sum"):
            bech32.decode("age", wrong)


@pytest.mark.parametrize("text", ["", "age1", "age1é", "AGE1qq", "age-secret-key-1qqqqqqqq", "two\nlines"])
def test_what_is_no_key_is_refused_without_being_repeated(text):
    for read in (Recipient.parse, Identity.parse):
        with pytest.raises(ValueError, match=r"is no|must hold|mixes|typing"):
            read(text)
