"""Decode base64 that arrives in pieces, strictly; it must never let a cut or foreign character pass (RFC 4648)."""

from __future__ import annotations

import binascii

from ...errors import FramingError


_QUANTUM = 4
_MAX_PADDING = 2
_WHITESPACE = b" \t\r\n"


class Base64Decoder:
    """
    Takes base64 text in any pieces, gives the bytes; white space is allowed, everything else is an error.
    """

    __slots__ = ("_carry", "_padded")

    def __init__(self) -> None:
        self._carry = b""
        self._padded = False

    def feed(self, text: bytes) -> bytes:
        """
        Return what *text* completes.  Raises :class:`FramingError`.
        """
        data = self._carry + text.translate(None, _WHITESPACE)
        whole = len(data) - len(data) % _QUANTUM
        self._carry = data[whole:]
        if not data:
            return b""
        if self._padded:
            raise FramingError("A file's base64 text goes on after its padding.")
        return self._decode(data[:whole])

    def finish(self) -> None:
        """
        Demand that the text ended with a whole quantum.  Raises :class:`FramingError`.
        """
        if self._carry:
            raise FramingError("A file's base64 text is cut.")

    def _decode(self, quanta: bytes) -> bytes:
        padding = quanta.find(b"=")
        if padding >= 0:
            self._padded = True
            if padding < len(quanta) - _MAX_PADDING:
                raise FramingError("A file's base64 text has padding in its midst.")
        try:
            return binascii.a2b_base64(quanta, strict_mode=True)
        except binascii.Error:
            raise FramingError("A file's base64 text holds what is not base64.") from None
