"""The norm's message codes in words of our own, and the ways of saying no; never a word about a password."""

from __future__ import annotations


_FAULT = "Fehler"
_HINT = "Hinweis"

MESSAGES: dict[str, tuple[str, str]] = {
    "00007": (_FAULT, "Die Anfrage entspricht nicht dem Schema"),
    "00900": (_FAULT, "Der Sicherheitskopf fehlt oder ist fehlerhaft"),
    "00901": (_HINT, "Kein SOAP-Kopf gefunden"),
    "00905": (_HINT, "Kein WS-Security-Kopf gefunden"),
    "00906": (_HINT, "Der WS-Security-Kopf ist leer"),
    "00907": (_HINT, "Der WS-Security-Kopf ist so nicht zulässig"),
    "00908": (_HINT, "Kein UsernameToken gefunden"),
    "00909": (_HINT, "Keine Kennung im SecurityContextToken"),
    "00910": (_HINT, "TokenType fehlt oder ist falsch"),
    "00911": (_HINT, "RequestType fehlt oder ist falsch"),
    "00912": (_HINT, "CancelTarget fehlt"),
    "00913": (_HINT, "SecurityTokenReference fehlt"),
    "00914": (_HINT, "Reference fehlt"),
    "00915": (_HINT, "Reference nennt keine URI"),
    "00916": (_HINT, "Der Verweis nennt nicht das SecurityContextToken des Kopfs"),
    "00917": (_HINT, "Kein SecurityContextToken gefunden"),
    "00919": (_HINT, "Die Kennung im SecurityContextToken ist nicht richtig"),
    "00920": (_HINT, "Für diesen Aufruf fehlt dem Zugang die Berechtigung"),
    "00930": (_FAULT, "Der Dienst kann so nicht aufgerufen werden"),
    "00931": (_HINT, "Der Inhalt der Anfrage ist nicht gültig"),
    "00932": (_HINT, "Technischer Fehler bei der Verarbeitung"),
    "00940": (_FAULT, "Vorübergehende technische Störung"),
    "00941": (_HINT, "Die Antwort mit der Sitzung konnte nicht erstellt werden"),
    "00942": (_HINT, "Zu diesem Benutzer ist kein Anmeldeverfahren hinterlegt"),
    "00943": (_HINT, "Technischer Fehler mit den Angaben des Benutzers"),
    "00944": (_HINT, "Das Anmeldeverfahren ist unbekannt"),
    "00945": (_HINT, "Zu diesem Benutzer ist kein Passwort hinterlegt"),
    "00946": (_HINT, "Die Ticketausgabe ist nicht gestartet"),
    "00947": (_HINT, "Das Ticket kann nicht erstellt werden"),
    "00948": (_HINT, "Fehler bei der Ausgabe des Tickets"),
    "00949": (_HINT, "Störung der Datenbank"),
    "00960": (_FAULT, "Die Anmeldung ist nicht gültig"),
    "00961": (_HINT, "Kennung oder Passwort stimmt nicht"),
    "00962": (_HINT, "Die Sitzung ist unbekannt oder abgelaufen"),
    "00963": (_HINT, "Zeitstempel oder Signatur ist nicht gültig"),
    "00964": (_FAULT, "Der Zugang ist gesperrt"),
    "00965": (_FAULT, "Zu viele Fehlversuche, der Zugang wurde gesperrt"),
    "00966": (_FAULT, "Das Passwort ist abgelaufen"),
    "04000": (_HINT, "Der Aufruf war erfolgreich"),
    "04001": (_HINT, "Zu dieser Kategorie liegen keine Lieferungen vor"),
    "04002": (_FAULT, "Bestätigte Lieferungen können nicht abgerufen werden"),
    "04003": (_FAULT, "Zu dieser ID liegt keine Lieferung vor"),
    "04004": (_FAULT, "Die Lieferung kann nicht bestätigt werden"),
    "04005": (_FAULT, "Diese Genauigkeit der Kategorie wird nicht unterstützt"),
    "04006": (_FAULT, "Das Datum in VerfuegbarBis ist überschritten"),
}
"""Code to kind (ArtID) and text; the codes are the norm's, the texts are invented here."""


def message(code: str) -> tuple[str, str]:
    """
    Return kind and text of a code; one that stands in no list is an error of its own.
    """
    return MESSAGES.get(code, (_FAULT, "Sonstiger Fehler"))


class RefusedCallError(Exception):
    """
    A call answered with a SOAP fault whose BiproException carries *codes*; *detail* says why, *status* is HTTP's.
    """

    def __init__(self, *codes: str, detail: str = "", status: int = 500, version_mismatch: bool = False) -> None:
        super().__init__(detail or ", ".join(codes))
        self.codes = codes
        self.detail = detail
        self.status = status
        self.version_mismatch = version_mismatch

    @classmethod
    def schema(cls, detail: str) -> RefusedCallError:
        """
        Return the refusal 00007 of a request that breaks the schema.
        """
        return cls("00007", detail=detail)


class NotOkError(Exception):
    """
    A call answered with StatusID NOK (HTTP 200).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TurnedAwayError(Exception):
    """
    A call answered with an HTTP status and no SOAP; *challenge* is what WWW-Authenticate says.
    """

    def __init__(self, status: int, challenge: str = "") -> None:
        super().__init__(str(status))
        self.status = status
        self.challenge = challenge
