import hashlib
import hmac

import pytest

from bipro_sync.config import WebhookSection
from bipro_sync.errors import AlertError
from bipro_sync.notify.webhook import SIGNATURE, send

from .conftest import NOW


def section(web, secret, **more):
    keys = {"url": web.url, "secret": secret("a long secret"), "ca_file": str(web.ca_file)} | more
    return WebhookSection.model_validate(keys)


def test_what_is_posted_is_signed_and_dated_as_documented(web, secret, news):
    send(section(web, secret), news, language="en")
    [request] = web.requests
    stamp, _, signature = request.headers[SIGNATURE].partition(",")
    signed = stamp.removeprefix("t=").encode() + b"." + request.body
    assert signature == "v1=" + hmac.new(b"a long secret", signed, hashlib.sha256).hexdigest()
    assert int(stamp.removeprefix("t=")) == NOW.timestamp()
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
    [new] = request.document["new"]
    assert (new["key"], new["level"], new["insurer"]) == ("quarantine:muster:", "warning", "muster")
    assert new["text"] == "muster: 1 shipment(s) in quarantine, the oldest since 2026-03-01 08:00 UTC"


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_what_is_no_success_is_an_error_and_no_redirect_is_followed(web, secret, news, status):
    web.status = status
    with pytest.raises(AlertError, match=f"HTTP {status}"):
        send(section(web, secret), news, language="en")
    assert len(web.requests) == 1


def test_whoever_is_not_trusted_is_told_nothing(web, secret, news):
    with pytest.raises(AlertError, match="was not reached: ConnectError"):
        send(section(web, secret, ca_file=""), news, language="en")
    assert web.requests == []


def test_no_proxy_of_the_environment_is_used(web, secret, news, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    send(section(web, secret), news, language="en")
    assert len(web.requests) == 1
