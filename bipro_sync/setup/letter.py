"""The letter that asks an insurer for access, in German, by its profile; what the broker knows stays in brackets."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Template
from textwrap import fill

from ..insurers import WITHOUT_STS, Profile


_RENEWAL = "bitte nennen Sie uns Gültigkeit und den Weg der Verlängerung."
_LOGINS = {
    "password": "Benutzername und Kennwort eines technischen Benutzers, der keiner natürlichen Person gehört und "
    "dessen Kennwort nicht von selbst abläuft; andernfalls bitten wir um Nennung der Frist.",
    "certificate": "Ein Client-Zertifikat (PKCS#12 mit privatem Schlüssel), nach Möglichkeit auf unser Haus "
    f"ausgestellt und nicht auf eine Person; {_RENEWAL}",
    "signature": "Ein X.509-Zertifikat (PKCS#12 mit privatem Schlüssel), mit dem die Anmeldung signiert wird "
    f"(WS-Security); {_RENEWAL}",
    "tls": "Ein Client-Zertifikat (PKCS#12 mit privatem Schlüssel), das bei jedem Aufruf vorgezeigt wird; " + _RENEWAL,
    "tgic": "Über die Trusted German Insurance Cloud (TGIC) des GDV mit dem Zertifikat unseres Hauses; bitte schalten "
    "Sie unsere TGIC-Kennung [Kennung] für Ihren Dienst frei.",
}
_OWN_WORDS = re.compile(r" \([^()]*\)$")
_GERMAN = re.compile(r"\(([^()]+)\)")
_WIDTH = 120
_NO_RIGHTS = "  - Post und Dokumente, GDV-Bestandsdaten, Schaden- und Courtagedaten"


def letter(profile: Profile, method: str) -> str:
    """
    Return the letter for the insurer of *profile*, asking for a login by *method*.
    """
    rights = [_german(right) for right in profile.facts.rights]
    release = profile.facts.bipro_version
    template = Template(files(__package__).joinpath("letters", "access.txt").read_text(encoding="utf-8"))
    return template.substitute(
        title=_OWN_WORDS.sub("", profile.facts.title) if profile.name != "generic" else "[Versicherer]",
        login=fill(_LOGINS[method], _WIDTH),
        rights="\n".join(f"  - {right}" for right in rights) or _NO_RIGHTS,
        release=f"; uns ist {release} bekannt" if release else "",
        tgic=", und die Kennung Ihres Dienstes bei der TGIC" if method in WITHOUT_STS - {"tls"} else "",
    )


def _german(right: str) -> str:
    """
    Return a right as the insurer calls it, where the profile says that in brackets.
    """
    found = _GERMAN.search(right)
    return found[1] if found else right
