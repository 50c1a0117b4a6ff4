import shutil
import socket
import stat

import pytest

from bipro_sync.anchors import stamp
from bipro_sync.config import StampAnchor
from bipro_sync.errors import AnchorError

from ..certificates import certified, server_tls
from ..time_stamp_authority import Authority


pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def test_a_time_stamp_over_the_note_is_kept_beside_it(anchor, authority, delivery):
    brought = delivery(3)
    assert stamp.bring(anchor, brought)
    kept = brought.directory / "000000000003.tsa.tsr"
    assert authority.verifies(brought.directory / "000000000003.note", kept)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o444
    [(path, media_type, request)] = authority.requests
    assert (path, media_type) == ("/tsr?as=test", "application/timestamp-query")
    assert brought.note not in request


def refused(anchor, brought, reason):
    with pytest.raises(AnchorError, match=reason):
        stamp.bring(anchor, brought)
    assert list(brought.directory.glob("*.tsr")) == []


def test_the_stamp_of_an_authority_that_is_not_trusted_is_not_kept(anchor, authorities, delivery):
    untrusted = anchor.model_copy(update={"ca_file": authorities[1].ca_file})
    refused(untrusted, delivery(3), "gave no time stamp that holds")


def test_a_stamp_that_was_given_before_is_not_kept(anchor, authority, delivery):
    earlier = []
    authority.spoil = lambda answer: earlier.append(answer) or answer
    brought = delivery(3)
    stamp.bring(anchor, brought)
    (brought.directory / "000000000003.tsa.tsr").unlink()
    authority.spoil = lambda _: earlier[0]
    refused(anchor, brought, "Nonce mismatch")


def test_a_stamp_over_something_else_is_not_kept(anchor, authority, delivery):
    brought = delivery(3)
    asked = authority.answer

    def over_something_else(request):
        _, _, sent = authority.requests[-1]
        digest_at = sent.index(bytes.fromhex("0420")) + 2
        return asked(request[:digest_at] + bytes(32) + request[digest_at + 32 :])

    authority.answer = over_something_else
    try:
        refused(anchor, brought, "Mismatch between messages")
    finally:
        del authority.answer


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda _: b"", "gave no time stamp that holds"),
        (lambda _: b"<html>", "gave no time stamp that holds"),
        (lambda answer: answer[:-40], "gave no time stamp that holds"),
        (lambda answer: answer[:-5] + bytes(5), "gave no time stamp that holds"),
        (lambda answer: answer + bytes(stamp.MOST), "more than 65536 bytes"),
        (lambda _: bytes.fromhex("30053003020102"), "gave no time stamp that holds"),
    ],
    ids=["nothing", "another format", "cut", "a wrong signature", "too much", "a refusal"],
)
def test_an_answer_that_is_no_time_stamp_is_not_kept(anchor, authority, delivery, spoil, reason):
    authority.spoil = spoil
    refused(anchor, delivery(3), reason)


def test_no_bit_of_an_answer_may_be_another_or_it_still_holds(anchor, authority, delivery):
    brought = delivery(3)
    stamp.bring(anchor, brought)
    kept = brought.directory / "000000000003.tsa.tsr"
    length, survived = kept.stat().st_size, 0
    for place in range(0, length, max(length // 40, 1)):
        authority.spoil = lambda answer, place=place: (
            answer[:place] + bytes([answer[place] ^ 4]) + answer[place + 1 :] if place < len(answer) else answer[:-1]
        )
        kept.unlink(missing_ok=True)
        try:
            stamp.bring(anchor, brought)
        except AnchorError:
            assert not kept.exists()
        else:
            # Certificates are not covered by the signature; openssl judges as we do.
            survived += 1
            assert authority.verifies(brought.directory / "000000000003.note", kept)
    assert survived < 20


def test_over_tls_the_authoritys_server_is_checked_too(tmp_path, delivery):
    holder = certified("localhost")
    authority = Authority(tmp_path / "tls", server_tls(tmp_path, holder))
    try:
        anchor = StampAnchor(kind="rfc3161", url=authority.url, ca_file=str(authority.ca_file), name="tsa")
        refused(anchor, delivery(3), "127.0.0.1 cannot be asked: .*CERTIFICATE_VERIFY_FAILED")
        assert authority.requests == []
        authority.ca_file.write_bytes(authority.ca_file.read_bytes() + holder.pem)
        assert stamp.bring(anchor, delivery(3))
    finally:
        authority.close()


def test_what_http_says_beside_success_is_told(anchor, authority, delivery):
    authority.status = 503
    refused(anchor, delivery(3), "127.0.0.1 answered with HTTP 503")


def test_an_authority_that_is_not_there_is_told(anchor, delivery):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        away = anchor.model_copy(update={"url": f"http://127.0.0.1:{taken.getsockname()[1]}/"})
        refused(away, delivery(3), "127.0.0.1 cannot be asked: Connection refused")


@pytest.mark.parametrize("text", [None, "", "no certificate"])
def test_certificates_that_cannot_be_used_are_told_before_anything_is_sent(anchor, authority, delivery, tmp_path, text):
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    refused(anchor.model_copy(update={"ca_file": path}), delivery(3), "cannot be used: ")
    assert authority.requests == []
