import copy
import json
import logging
import pickle
import traceback

import pytest

from bipro_sync.model.secret import Secret, SecretRef, SecretSource


CANARY = "S3CR3T-canary"


@pytest.fixture
def secret():
    return Secret(CANARY)


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{!r:>40}".format,
        "{:s}".format,
        lambda secret: "%s" % secret,  # noqa: UP031 - the old way of formatting is what is looked at
        lambda secret: "%r" % (secret,),  # noqa: UP031 - as above
        lambda secret: f"{secret} {secret!r} {secret!s} {secret!a}",
        lambda secret: repr([secret]) + repr({"password": secret}),
        lambda secret: json.dumps({"password": secret}, default=str, ensure_ascii=False),
        lambda secret: repr(SecretRef(SecretSource.FILE, ("/etc/x",))) + repr(secret),
    ],
)
def test_a_secret_shows_nothing_of_itself(secret, show):
    shown = show(secret)
    assert CANARY not in shown
    assert "Secret(…)" in shown


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_is_not_pickled(secret, protocol):
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret, protocol)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_secret_is_not_copied(secret, duplicate):
    with pytest.raises(TypeError, match="not pickled"):
        duplicate(secret)


def test_a_secret_is_not_json(secret):
    with pytest.raises(TypeError) as caught:
        json.dumps(secret)
    assert CANARY not in str(caught.value)


def test_a_traceback_with_local_variables_does_not_show_it(secret):
    def _fail(password):
        raise RuntimeError(f"refused: {password}")

    with pytest.raises(RuntimeError) as caught:
        _fail(secret)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "password = Secret(…)" in shown
    assert CANARY not in shown


def test_a_log_line_does_not_show_it(secret, caplog):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(__name__).debug("login with %s", secret)
    assert CANARY not in caplog.text


def test_a_secret_has_no_other_attributes(secret):
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == CANARY


def test_equal_secrets_are_equal_and_differ_from_their_text(secret):
    assert secret == Secret(CANARY)
    assert hash(secret) == hash(Secret(CANARY))
    assert secret != Secret("other")
    assert secret != CANARY


def test_a_reference_says_where_a_secret_comes_from_but_no_more_than_the_command():
    assert str(SecretRef(SecretSource.CREDENTIAL, ("alpha.password",))) == "credential: alpha.password"
    assert str(SecretRef(SecretSource.COMMAND, ("pass", "show", "alpha"))) == "command: pass"
