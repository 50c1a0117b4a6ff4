"""One record: the bytes as they came, and what they say in the words of the part that it follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as slot

from .decoding import Decoder
from .encodings import Encoding
from .layouts import Field, FieldKind, Part
from .record_types import Family, family_of
from .values import Value, is_readable


@dataclass(slots=True, eq=False)
class Record:
    """
    A physical record; *number* counts from 1, *offset* is where *raw* begins in the file.

    *raw* are its bytes without line end, *before* and *ending* what stands around it and belongs to no record.
    *padded* are 256 bytes with the digits and letters of ASCII, short ones filled with blanks.  *part* is None where no
    layout describes the record; nothing of it is read then.  Records are not to be changed.
    """

    number: int
    offset: int
    before: bytes
    raw: bytes
    ending: bytes
    padded: bytes
    part: Part | None
    _decoder: Decoder = slot(repr=False)
    _wide: str | None = slot(default=None, repr=False)
    """The record's characters, where they are more than bytes can hold."""

    @property
    def record_type(self) -> str:
        """
        Return the first four characters (Satzart).
        """
        return self.padded[:4].decode("latin-1")

    @property
    def line(self) -> str:
        """
        Return the line of business as sent (Sparte), or nothing where the record's part has none.
        """
        if self.part is None or not ("Sparte" in self.part.by_key or "Produkt" in self.part.by_key):
            return ""
        return self.padded[10:13].decode("latin-1").strip()

    @property
    def family(self) -> Family:
        """
        Return whose rules the record follows.
        """
        return family_of(self.padded)

    @property
    def content(self) -> bytes:
        """
        Return bytes that are equal where, and only where, two records of files in one encoding say the same.
        """
        return self.padded if self._wide is None else self.padded + self._wide.encode()

    @property
    def whole(self) -> bytes:
        """
        Return the record's part of the file, byte for byte.
        """
        return self.before + self.raw + self.ending

    @property
    def encoding(self) -> Encoding:
        """
        Return the encoding that the record is read in.
        """
        return self._decoder.encoding

    def turned(self, table: bytes) -> Record:
        """
        Return the record with the bytes of the file turned by *table*, those inside left as they are.
        """
        before, raw, ending = (each.translate(table) for each in (self.before, self.raw, self.ending))
        return replace(self, before=before, raw=raw, ending=ending)

    def remade(self, data: bytes) -> Record:
        """
        Return the record with other bytes, given as they stand inside; its part stays.
        """
        padded, wide = self.encoding.inside(data)
        outward = self.encoding.outward
        return replace(self, raw=data.translate(outward) if outward else data, padded=padded, _wide=wide)

    def __getitem__(self, key: str) -> Value:
        """
        Return the value of the field with this short name; `KeyError` where its part has no such field.
        """
        if self.part is None:
            raise KeyError(key)
        if self._wide is not None:
            return self._wide_values(self.part).get(key)
        return self._decoder.value(self.part.field(key), self.padded)

    def values(self) -> dict[str, Value]:
        """
        Return all values by short name in the part's order; unused columns are left out where they are blank.
        """
        if self.part is None:
            return {}
        if self._wide is not None:
            return self._wide_values(self.part)
        return self._decoder.values[self.part](self.padded)

    def said(self) -> dict[str, str]:
        """
        Return what the record says beyond where it belongs, as text by short name: dates in ISO form, amounts with all
        their decimals and their sign.

        What is absent is left out; what is not of its field's kind stands as it came, so that a change in it is seen.
        """
        if self.part is None:
            return {}
        said = self._decoder.said(self.part, self.padded)
        if self._wide is not None:
            for each in self.part.fields:
                if each.key in said and (each.kind is FieldKind.TEXT or not is_readable(each, self.padded[each.place])):
                    said[each.key] = self._wide[each.place].strip(" \0")
        return said

    def text(self, start: int, length: int) -> str:
        """
        Return the characters at a place that counts from 1, as they stand there.
        """
        if self._wide is not None:
            return self._wide[start - 1 : start - 1 + length]
        return self._decoder.text(self.padded[start - 1 : start - 1 + length])

    def where(self, field: Field) -> tuple[int, int]:
        """
        Return where in the file the bytes of *field* begin, and how many there are.
        """
        if self.raw.isascii() or not self.encoding.counts_characters:
            return self.offset + field.place.start, field.length
        text = self.raw.decode("utf-8", "surrogateescape")
        before, own = (
            part.encode("utf-8", "surrogateescape") for part in (text[: field.place.start], text[field.place])
        )
        return self.offset + len(before), len(own)

    def _wide_values(self, part: Part) -> dict[str, Value]:
        values = self._decoder.values[part](self.padded)
        assert self._wide is not None
        for each in part.fields:
            if each.key in values and isinstance(values[each.key], str):
                values[each.key] = self._wide[each.place].strip(" \0")
        return values
