"""The norm's message codes in words of our own, and the two ways of saying no; never a word about a password."""

from __future__ import annotations


_FAULT = "Fehler"
_HINT = "Hinweis"

MESSAGES: dict[str, tuple[str, str]] = {
    "00007": (_FAULT, "Die Anfrage entspricht nicht dem Schema"),
    "00900": (_FAULT, "Der Sicherheitskopf fehlt oder ist fehlerhaft"),
    "00901": (_HINT, "Kein SOAP-Kopf gefunden"),
    "00905": (_HINT, "Kein WS-Security-Kopf gefunden"),
    "00906": (_HINT, "Der WS-Security-Kopf ist leer"),
    "00908": (_HINT, "Kein UsernameToken gefunden"),
    "00909": (_HINT, "Keine Kennung im SecurityContextToken"),
    "00910": (_HINT, "TokenType fehlt oder ist falsch"),
    "00911": (_HINT, "RequestType fehlt oder ist falsch"),
    "00917": (_HINT, "Kein SecurityContextToken gefunden"),
    "00930": (_FAULT, "Der Dienst kann so nicht aufgerufen werden"),
    "00940": (_FAULT, "Vorübergehende technische Störung"),
    "00960": (_FAULT, "Die Anmeldung ist nicht gültig"),
    "00961": (_HINT, "Kennung oder Passwort stimmt nicht"),
    "00962": (_HINT, "Die Sitzung ist unbekannt oder abgelaufen"),
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
    A call answered with a SOAP fault (HTTP 500) whose BiproException carries *codes*; *detail* says why.
    """

    def __init__(self, *codes: str, detail: str = "", version_mismatch: bool = False) -> None:
        super().__init__(detail or ", ".join(codes))
        self.codes = codes
        self.detail = detail
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
