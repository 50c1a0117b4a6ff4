import pytest

from .conftest import PRODUCTION, TEST


MAIL = 'to = ["it@broker.example"], smtp = "smtps://mail.broker.example"'


def alerts(lines):
    return f"{TEST}[alerts]\n{lines}\n"


def test_mail_and_webhook_are_read(loaded):
    section = loaded(
        alerts(
            f'language = "en"\nmail = {{ {MAIL}, username = "u", password = {{ env = "P" }} }}\n'
            'webhook = { url = "https://chat.example/hook", secret = { env = "S" } }'
        )
    ).alerts
    assert (section.language, section.tells, section.is_decided) == ("en", True, True)
    assert section.channels == ("mail", "webhook")
    assert section.mail.to == ("it@broker.example",)


def test_nothing_is_decided_by_a_language_alone(loaded):
    section = loaded(alerts('language = "de"')).alerts
    assert (section.tells, section.is_decided, section.channels) == (False, False, ())


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("mail = {}", "[alerts.mail] to: is missing"),
        ('mail = { to = [], smtp = "smtps://m.example" }', "[alerts.mail] to: must name somebody"),
        ('mail = { to = ["it"], smtp = "smtps://m.example" }', "[alerts.mail] to[0]: must be a mail"),
        (
            'mail = { to = ["a@b.de\\nBcc: c@d.de"], smtp = "smtps://m.example" }',
            "[alerts.mail] to[0]: must be a mail",
        ),
        ('mail = { to = ["a@b.de"], smtp = "http://m.example" }', "[alerts.mail] smtp: must be an address that begins"),
        ('mail = { to = ["a@b.de"], smtp = "smtp://m.example" }', "[alerts.mail] smtp: must begin with smtps://"),
        ('mail = { to = ["a@b.de"], smtp = "smtp+starttls://u:p@m.example" }', "[alerts.mail] smtp: must not hold"),
        (f'mail = {{ {MAIL}, username = "u" }}', "[alerts.mail] password: is missing; a login needs both"),
        (f'mail = {{ {MAIL}, password = {{ env = "P" }} }}', "[alerts.mail] username: is missing; a login needs both"),
        (f'mail = {{ {MAIL}, password = "word" }}', "[alerts.mail] password: must be a reference such as"),
        (
            'mail = { to = ["a@b.de"], smtp = "smtp://127.0.0.1", username = "u", password = { env = "P" } }',
            "[alerts.mail] smtp: is not encrypted, so no password is sent",
        ),
        ('webhook = { url = "https://x.example" }', "[alerts.webhook] secret: is missing"),
        (
            'webhook = { url = "http://x.example", secret = { env = "S" } }',
            "[alerts.webhook] url: must begin with http",
        ),
        ('language = "fr"', "[alerts] language: must be 'de' or 'en'"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_place(refused, lines, problem):
    found, *others = refused(alerts(lines))
    assert found.startswith(problem)
    assert "Bcc" not in f"{found}{others}"
    assert "word" not in found.replace("password", "")


def test_what_feeds_a_monitoring_is_read(loaded, refused):
    section = loaded(f'{TEST}[monitoring]\nping_url = "https://m.example/p"\nprometheus = "/x/y.prom"\n').monitoring
    assert (section.ping_url, section.prometheus) == ("https://m.example/p", "/x/y.prom")
    assert loaded(TEST).monitoring.ping_url == ""
    assert refused(f'{TEST}[monitoring]\nping_url = "http://m.example"\n')[0].startswith("[monitoring] ping_url: must")


def test_somebody_is_told_or_nobody_and_never_both(refused):
    webhook = 'webhook = { url = "https://x.example", secret = { env = "S" } }\n'
    assert refused(PRODUCTION + webhook) == ["[alerts] none: contradicts the rest of [alerts]"]


def test_whose_holidays_and_which_numbers_are_meant(inside):
    assert inside('holidays = "BY"\nexpect_numbers = { "0815/4711" = { mail = "5 working days" } }') == []
    assert inside('holidays = "XY"')[0].startswith("[insurers.one] holidays: must be a German state (BB, BE")
    assert inside('expect_numbers = { "1" = { post = "1 day" } }')[0].startswith(
        "[insurers.one.expect_numbers.1] post:"
    )
