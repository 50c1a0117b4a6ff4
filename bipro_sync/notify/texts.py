"""What a condition says to a person, in German or English: insurers, kinds, ids, figures and days, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from ..model.condition import Condition, Level, Matter
from .words import Language, day, kind_name, length, moment


LEVELS: Mapping[Language, Mapping[Level, str]] = {
    "de": {Level.OK: "OK", Level.WARNING: "Warnung", Level.CRITICAL: "KRITISCH"},
    "en": {Level.OK: "ok", Level.WARNING: "warning", Level.CRITICAL: "CRITICAL"},
}

_MOMENTS = ("since", "success", "attempt")
_NEVER: Mapping[Language, str] = {"de": "noch nie", "en": "never"}

_SENTENCES: Mapping[Language, Mapping[Matter, str]] = {
    "de": {
        Matter.CONFIGURATION: "{insurer}: {count} Fehler in der Konfiguration, es wird nichts abgeholt",
        Matter.REFUSED: "{insurer}: keine Anmeldung möglich ({outcome}); letzter Erfolg: {success}",
        Matter.UNREACHABLE: "{insurer}: nicht erreichbar ({outcome}); letzter Erfolg: {success}",
        Matter.FAILING: "{insurer}: Läufe scheitern hier ({outcome}); letzter Erfolg: {success}",
        Matter.NEVER_RAN: "{insurer}: wurde noch nie abgeholt",
        Matter.NOT_RUNNING: "{insurer}: kein erfolgreicher Lauf mehr; letzter Versuch: {attempt}, Erfolg: {success}",
        Matter.SILENCE: "{insurer}: nichts der Art {kind}{for_number} seit: {since} (erwartet: {expected}); {because}",
        Matter.QUARANTINE: "{insurer}: {count} Lieferung(en) in Quarantäne, die älteste seit {since}",
        Matter.CONFLICT: "{insurer}: {count} Lieferung(en) kamen noch einmal mit anderem Inhalt",
        Matter.ACK_REFUSED: "{insurer}: {count} Quittierung(en) abgelehnt",
        Matter.ENDING: "{insurer}: {count} Lieferung(en) sind nicht mehr lange abrufbar: {ids}",
        Matter.MISSING_RIGHT: "{insurer}: das Recht fehlt seit {since}: {kind}",
        Matter.CERTIFICATE: "{insurer}: das Zertifikat {serial} endet am {ends}, Tage übrig: {days}; {renewal}",
        Matter.ARCHIVE: "Das Archiv ist nicht lesbar ({outcome}), mehr lässt sich gerade nicht sagen",
        Matter.AUDIT: "Das Prüfprotokoll ist nicht verankert oder signiert: {count} Hinweis(e)",
        Matter.BACKUP: "Das Archiv ist nicht gesichert; letzte Sicherung: {since}",
        Matter.CHANNEL: "Der Meldeweg {about} geht nicht, seit {since}",
        Matter.HANDOVER: "Die Übergabe an {about} ist unvollständig, seit {since}",
        Matter.FOREIGN: "{insurer}: {count} Lieferung(en) mit GDV-Daten zu fremden Vermittlernummern: {ids}; gehören "
        "sie einem anderen Makler, muss der Versicherer es sofort erfahren",
        Matter.INFECTED: "{insurer}: {count} Lieferung(en) mit Schadsoftware, nicht übergeben an {about}: {ids}",
        Matter.URGENT: "{insurer}: {count} eilige Lieferung(en), {urgency}: {ids}",
        Matter.VANISHED: "{insurer}: {count} Lieferung(en) verschwanden, ehe sie abgeholt waren: {ids}",
        Matter.UNIT: "Die Unit {about} ist gescheitert{result}; `journalctl -u {about}` sagt, warum",
        Matter.KILLED: "{about}: der Lauf wurde abgebrochen ({signal}); der nächste bringt alles in Ordnung",
        Matter.TEST: "Dies ist ein Test; es ist nichts geschehen",
    },
    "en": {
        Matter.CONFIGURATION: "{insurer}: {count} problem(s) in the configuration, so nothing is fetched",
        Matter.REFUSED: "{insurer}: no login is possible ({outcome}); last success: {success}",
        Matter.UNREACHABLE: "{insurer}: not reachable ({outcome}); last success: {success}",
        Matter.FAILING: "{insurer}: runs fail here ({outcome}); last success: {success}",
        Matter.NEVER_RAN: "{insurer}: was never pulled",
        Matter.NOT_RUNNING: "{insurer}: no run succeeds any more; last attempt: {attempt}, success: {success}",
        Matter.SILENCE: "{insurer}: nothing of the kind {kind}{for_number} since: {since} (expected: {expected}); "
        "{because}",
        Matter.QUARANTINE: "{insurer}: {count} shipment(s) in quarantine, the oldest since {since}",
        Matter.CONFLICT: "{insurer}: {count} shipment(s) came once more with other contents",
        Matter.ACK_REFUSED: "{insurer}: {count} acknowledgement(s) refused",
        Matter.ENDING: "{insurer}: {count} shipment(s) will not be available much longer: {ids}",
        Matter.MISSING_RIGHT: "{insurer}: a right is missing since {since}: {kind}",
        Matter.CERTIFICATE: "{insurer}: the certificate {serial} ends on {ends}, days left: {days}; {renewal}",
        Matter.ARCHIVE: "The archive cannot be read ({outcome}), so nothing more can be said just now",
        Matter.AUDIT: "The audit log is not signed or anchored: {count} trouble(s)",
        Matter.BACKUP: "The archive is not backed up; last backup: {since}",
        Matter.CHANNEL: "Alerts by {about} do not get through since {since}",
        Matter.HANDOVER: "The hand-over to {about} is not complete since {since}",
        Matter.FOREIGN: "{insurer}: {count} shipment(s) with GDV data of broker numbers that are not ours: {ids}; "
        "where they are another broker's, the insurer must be told at once",
        Matter.INFECTED: "{insurer}: {count} shipment(s) with malware, not handed over to {about}: {ids}",
        Matter.URGENT: "{insurer}: {count} urgent shipment(s), {urgency}: {ids}",
        Matter.VANISHED: "{insurer}: {count} shipment(s) vanished before they were fetched: {ids}",
        Matter.UNIT: "The unit {about} has failed{result}; `journalctl -u {about}` says why",
        Matter.KILLED: "{about}: the run was ended ({signal}); the next one puts right what it left",
        Matter.TEST: "This is a test; nothing has happened",
    },
}

_BECAUSE: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "empty": "erreichbar, aber leer",
        "unreachable": "nicht erreichbar",
        "refused": "abgelehnt: Anmeldung oder Recht",
        "never-ran": "es lief kein Abruf",
        "failed": "Läufe scheitern hier",
    },
    "en": {
        "empty": "reachable, but empty",
        "unreachable": "not reachable",
        "refused": "refused: a login or a right",
        "never-ran": "there was no run",
        "failed": "runs fail here",
    },
}

URGENCIES: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "dunning": "Mahnung",
        "cancellation": "Kündigung oder Storno",
        "portfolio-loss": "Bestandsverlust",
        "bank-data": "Bankverbindung",
        "unknown-category": "unbekannte Kategorie",
        "no-category": "ohne Kategorie",
    },
    "en": {
        "dunning": "dunning",
        "cancellation": "cancellation",
        "portfolio-loss": "loss of the portfolio",
        "bank-data": "bank data",
        "unknown-category": "unknown category",
        "no-category": "no category",
    },
}

RENEWALS: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "personal": "das nächste holt, wem es gehört, im Portal des Versicherers; weitergeben darf man es nicht",
        "house": "das nächste des Hauses braucht einen Einmalcode, der mit der Post kommt: gleich bestellen "
        "(tgic-support), dann `bipro-sync certs import`",
    },
    "en": {
        "personal": "its owner gets the next one at the insurer's portal; it is not to be passed on",
        "house": "the next one of the firm needs a one-time code that comes by paper post: order it at once "
        "(tgic-support), then `bipro-sync certs import`",
    },
}
"""How the next certificate is come by, by whose it is."""

_FOR: Mapping[Language, str] = {"de": " für {number}", "en": " for {number}"}
_LISTING: Mapping[Language, str] = {"de": "Auflisten", "en": "listing"}


def said(condition: Condition, language: Language) -> str:
    """
    Return what *condition* says, as a sentence without its end.
    """
    facts = dict(condition.facts)
    words = facts | {
        key: moment(datetime.fromisoformat(facts[key]), language) if facts.get(key) else _NEVER[language]
        for key in _MOMENTS
    }
    words |= {
        "insurer": condition.insurer or "",
        "about": condition.about,
        "kind": kind_name(facts["kind"], language) if facts.get("kind") else _LISTING[language],
        "expected": length(facts.get("expected", ""), language),
        "ends": day(date.fromisoformat(facts["ends"]), language) if facts.get("ends") else "",
        "for_number": _FOR[language].format_map(facts) if facts.get("number") else "",
        "because": _BECAUSE[language].get(facts.get("why", ""), ""),
        "urgency": URGENCIES[language].get(facts.get("urgency", ""), ""),
        "renewal": RENEWALS[language].get(facts.get("whose", ""), ""),
        "result": f" ({facts['result']})" if facts.get("result") else "",
    }
    return _SENTENCES[language][condition.matter].format_map(words)
