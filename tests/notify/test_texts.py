import re

import pytest

from bipro_sync.config import parse_duration
from bipro_sync.model.condition import Condition, Level, Matter
from bipro_sync.model.kinds import Kind
from bipro_sync.model.urgency import Urgency
from bipro_sync.notify.news import News
from bipro_sync.notify.texts import said
from bipro_sync.notify.words import kind_name, length
from bipro_sync.sync.silence import Reach

from .conftest import NOW, quarantine


FACTS = {
    "count": "2",
    "ids": "A, B",
    "since": "",
    "success": "",
    "attempt": "2026-03-01T08:00:00+00:00",
    "outcome": "unreachable",
    "kind": "mail",
    "number": "4711",
    "expected": "3 working days",
    "why": "empty",
    "urgency": "dunning",
    "result": "exit-code 14",
    "days": "14",
    "ends": "2026-03-16",
    "serial": "CAFE01",
    "signal": "SIGKILL",
    "whose": "house",
}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("matter", Matter)
def test_everything_has_its_sentence_in_both_languages(language, matter):
    sentence = said(Condition(matter=matter, level=Level.WARNING, insurer="muster", about="x", facts=FACTS), language)
    assert sentence
    assert "{" not in sentence


@pytest.mark.parametrize(("whose", "says"), [("house", "mit der Post"), ("personal", "im Portal des Versicherers")])
def test_how_the_next_certificate_is_come_by_is_said_with_the_end_of_this_one(whose, says):
    ending = Condition(matter=Matter.CERTIFICATE, level=Level.WARNING, facts=FACTS | {"whose": whose})
    assert says in said(ending, "de")


@pytest.mark.parametrize("language", ["de", "en"])
def test_silences_and_urgencies_each_have_words_of_their_own(language):
    def sentences(matter, key, words):
        conditions = (
            Condition(matter=matter, level=Level.WARNING, insurer="muster", facts=FACTS | {key: word}) for word in words
        )
        return {said(each, language) for each in conditions}

    whys = ["empty", *(reach for reach in Reach if reach is not Reach.REACHABLE)]
    assert len(sentences(Matter.SILENCE, "why", whys)) == len(whys) == 5
    urgencies = [each for each in Urgency if each is not Urgency.NONE]
    assert len(sentences(Matter.URGENT, "urgency", urgencies)) == len(urgencies)


def test_what_never_was_is_called_so():
    silent = Condition(matter=Matter.SILENCE, level=Level.WARNING, insurer="muster", facts=FACTS)
    assert said(silent, "en") == (
        "muster: nothing of the kind mail for 4711 since: never (expected: 3 working days); reachable, but empty"
    )
    assert "seit: noch nie" in said(silent, "de")


def test_what_a_german_reads_is_german_days_lengths_and_kinds_included():
    facts = FACTS | {"since": "2026-07-01T22:30:00+00:00"}
    silent = Condition(matter=Matter.SILENCE, level=Level.WARNING, insurer="muster", facts=facts)
    assert said(silent, "de") == (
        "muster: nichts der Art „Post“ für 4711 seit: 02.07.2026 00:30 Uhr (erwartet: 3 Arbeitstage); "
        "erreichbar, aber leer"
    )
    assert "since: 2026-07-01 22:30 UTC (expected: 3 working days)" in said(silent, "en")
    ending = Condition(matter=Matter.CERTIFICATE, level=Level.WARNING, insurer="muster", facts=FACTS)
    assert "CAFE01 endet am 16.03.2026, Tage übrig: 14" in said(ending, "de")


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_a_german_name_of_its_own(kind):
    assert kind_name(kind, "de") not in {kind_name(each, "de") for each in Kind if each is not kind}


@pytest.mark.parametrize("number", ["1", "2"])
@pytest.mark.parametrize("unit", ["minute", "hour", "working day", "day", "week"])
def test_each_length_that_a_configuration_may_name_is_said_in_german(number, unit):
    text = f"{number} {unit}" + "s" * (number != "1")
    parse_duration(text)
    assert length(text, "en") == text
    assert re.fullmatch(rf"{number} (Minute|Stunde|Arbeitstag|Tag|Woche)(|n|en|e)", length(text, "de"))


def test_a_message_tells_the_worst_first_and_what_has_passed_apart():
    bad = Condition(matter=Matter.REFUSED, level=Level.CRITICAL, insurer="zweite", facts=FACTS)
    news = News(at=NOW, new=(quarantine(), bad), passed=(quarantine(insurer="dritte"),), unreached_since=NOW)
    assert news.subject("de") == "[bipro-sync] KRITISCH: 2 neu, 1 vorbei (dritte, muster, zweite)"
    lines = news.text("en").splitlines()
    assert lines[0].startswith("Nothing could be told this way since 2026-03-02 08:00 UTC")
    assert lines[2:5] == [
        "New:",
        "  CRITICAL: zweite: no login is possible (unreachable); last success: never",
        "  warning: muster: 1 shipment(s) in quarantine, the oldest since 2026-03-01 08:00 UTC",
    ]
    assert lines[6:8] == ["Passed:", "  dritte: 1 shipment(s) in quarantine, the oldest since 2026-03-01 08:00 UTC"]
    assert News(at=NOW, unreached_since=NOW).subject("en") == "[bipro-sync] ok: nothing new"
