from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.config import parse_duration
from bipro_sync.config.addresses import address, address_or_nothing, proxy
from bipro_sync.config.checks import calls_per_second, secret, size
from bipro_sync.model.secret import SecretSource
from bipro_sync.model.working_days import STATES, WEEKDAYS, WorkingDays


@pytest.mark.parametrize(
    ("text", "amount"),
    [("2 GiB", 2 << 30), ("64 MiB", 64 << 20), ("1,5 KiB", 1536), ("1.5 KiB", 1536), ("7B", 7), ("1 TiB", 1 << 40)],
)
def test_sizes_are_read(text, amount):
    assert size(text) == amount


@pytest.mark.parametrize("text", ["2", "2 GB", "-1 GiB", "GiB", "2  GiB", "", 5, None, "2 GiB "])
def test_other_sizes_are_refused(text):
    with pytest.raises(ValueError, match="must be a size"):
        size(text)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("8 days", timedelta(days=8)),
        ("1 day", timedelta(days=1)),
        ("36 hours", timedelta(hours=36)),
        ("90 minutes", timedelta(minutes=90)),
        ("2 weeks", timedelta(days=14)),
    ],
)
def test_durations_are_read(text, length):
    start = datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert parse_duration(text).after(start, WEEKDAYS) == start + length
    assert not parse_duration(text).has_passed(start, start + length, WEEKDAYS)
    assert parse_duration(text).has_passed(start, start + length + timedelta(seconds=1), WEEKDAYS)
    assert str(parse_duration(text)) == text


@pytest.mark.parametrize("text", ["", "8", "days", "0 days", "-1 days", "8 tage", "1.5 days", 8, None, "99999 days"])
def test_other_durations_are_refused(text):
    with pytest.raises(ValueError, match="must be a length of time"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 5, 9, tzinfo=UTC)),  # Monday to Thursday
        (datetime(2026, 3, 6, 9, tzinfo=UTC), datetime(2026, 3, 11, 9, tzinfo=UTC)),  # Friday to Wednesday
        (datetime(2026, 3, 7, 9, tzinfo=UTC), datetime(2026, 3, 11, 9, tzinfo=UTC)),  # Saturday to Wednesday
    ],
)
def test_working_days_skip_the_weekend(start, end):
    assert parse_duration("3 working days").after(start, WEEKDAYS) == end


@pytest.mark.parametrize(
    ("state", "start", "end"),
    [
        ("DE", datetime(2026, 4, 2, 9, tzinfo=UTC), datetime(2026, 4, 9, 9, tzinfo=UTC)),  # over Easter
        ("HE", datetime(2026, 6, 3, 9, tzinfo=UTC), datetime(2026, 6, 9, 9, tzinfo=UTC)),  # over Corpus Christi
        ("BE", datetime(2026, 6, 3, 9, tzinfo=UTC), datetime(2026, 6, 8, 9, tzinfo=UTC)),  # no holiday there
        ("BY", datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 9, 9, tzinfo=UTC)),  # over Epiphany
    ],
)
def test_working_days_skip_the_holidays_of_the_state(state, start, end):
    length, days = parse_duration("3 working days"), WorkingDays(state)
    assert length.after(start, days) == end
    assert not length.has_passed(start, end, days)
    assert length.has_passed(start, end + timedelta(seconds=1), days)


def test_a_working_day_is_one_in_berlin():
    late_on_thursday = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)  # Friday in Berlin
    assert parse_duration("1 working day").after(late_on_thursday, WEEKDAYS) == datetime(2026, 3, 8, 23, 30, tzinfo=UTC)


@given(
    hours=st.integers(0, 15 * 365 * 24),
    seconds=st.integers(0, 30 * 86400),
    count=st.integers(1, 9),
    state=st.sampled_from([None, "DE", *STATES]),
)
def test_the_short_way_to_say_that_a_time_has_passed_is_right(hours, seconds, count, state):
    start = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    length, now, days = parse_duration(f"{count} working days"), start + timedelta(seconds=seconds), WorkingDays(state)
    assert length.has_passed(start, now, days) == (length.after(start, days) < now)


web = address("https", "http")


@pytest.mark.parametrize(
    "text",
    [
        "https://one.example/sts",
        "https://one.example:8443/a?wsdl",
        "http://127.0.0.1:8080/sts",
        "http://[::1]/",
        "http://localhost/",
    ],
)
def test_addresses_are_accepted_unchanged(text):
    assert web(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://one.example/", "http:// is for this machine itself only"),
        ("http://localhost.example/", "http:// is for this machine itself only"),
        ("http://127.0.0.1.example/", "http:// is for this machine itself only"),
        ("http://0.0.0.0/", "http:// is for this machine itself only"),
        ("http://localhost@one.example/", "must not hold a user"),
        ("https://user:word@one.example/", "must not hold a user"),
        ("https://@one.example/", "must not hold a user"),
        ("https://one.example/#part", "must be an address"),
        ("https:///path", "must be an address"),
        ("https://one.example:70000/", "is not an address"),
        ("https://[::1/", "is not an address"),
        ("https://one..example/", "is not an address"),
        (f"https://{'o' * 64}.example/", "is not an address"),
        ("https://one .example/", "must be an address"),
        ("https://one.example/\n", "must be an address"),
        ("https://ö.example/", "must be an address"),
        ("ftp://one.example/", "must be an address"),
        ("", "must be an address"),
        (5, "must be an address"),
    ],
)
def test_other_addresses_are_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        web(text)


def test_an_address_that_may_be_left_empty_is_checked_otherwise():
    check = address_or_nothing("https", "http")
    assert (check(""), check("https://one.example/")) == ("", "https://one.example/")
    for text in ("http://one.example/", " ", None):
        with pytest.raises(ValueError, match="must"):
            check(text)


@pytest.mark.parametrize(
    "text", ["", "http://proxy.example:3128", "https://proxy.example/", "http://[2001:db8::1]:8080", "http://10.0.0.1"]
)
def test_proxies_are_accepted_unchanged(text):
    assert proxy(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://user:word@proxy.example:3128", "must not hold a user"),
        ("proxy.example:3128", "must be a proxy's address such as"),
        ("socks5://proxy.example", "must be a proxy's address such as"),
        ("http://proxy.example/path", "must be a proxy's address such as"),
        ("http://proxy.example?a=b", "must be a proxy's address such as"),
        ("http://:3128", "must be a proxy's address such as"),
        ("http://proxy.example:99999", "is not an address"),
        ({"env": "PROXY"}, "must be a proxy's address such as"),
    ],
)
def test_other_proxies_are_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        proxy(text)


@pytest.mark.parametrize(("given", "rate"), [(0, 0.0), (2, 2.0), (0.5, 0.5), (100, 100.0)])
def test_rates_are_read(given, rate):
    assert calls_per_second(given) == rate
    assert isinstance(calls_per_second(given), float)


@pytest.mark.parametrize("given", [-1, 101, True, "2", None, float("nan"), float("inf")])
def test_other_rates_are_refused(given):
    with pytest.raises(ValueError, match="must be a number from 0"):
        calls_per_second(given)


@pytest.mark.parametrize(
    ("table", "source", "argument"),
    [
        ({"credential": "one.password"}, SecretSource.CREDENTIAL, ("one.password",)),
        ({"file": "/etc/secret"}, SecretSource.FILE, ("/etc/secret",)),
        ({"env": "PASSWORD"}, SecretSource.ENV, ("PASSWORD",)),
        ({"keyring": "one"}, SecretSource.KEYRING, ("one",)),
        ({"command": ["pass", "show", "one"]}, SecretSource.COMMAND, ("pass", "show", "one")),
    ],
)
def test_each_source_of_a_secret_is_read(table, source, argument):
    reference = secret(table)
    assert (reference.source, reference.argument) == (source, argument)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"credential": ""},
        {"credential": "../../etc/shadow"},
        {"credential": ".."},
        {"file": "relative"},
        {"env": 5},
        {"command": []},
        {"command": ["a", 5]},
        {"keyring": ["one"]},
        {"credential": "a", "file": "/b"},
        {"vault": "a"},
        5,
        None,
    ],
)
def test_other_references_are_refused(table):
    with pytest.raises(ValueError, match="must"):
        secret(table)
