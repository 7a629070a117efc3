"""What the types of MySQL and MariaDB mean to us. Pure text."""

from __future__ import annotations

import re
import struct

from embedded_server.wire.data import Kind

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "integer", "bigint"), "number"),
    **dict.fromkeys(("decimal", "numeric", "float", "double", "real"), "number"),
    **dict.fromkeys(("date", "datetime", "timestamp", "time", "year"), "time"),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"), "text"),
    **dict.fromkeys(("inet4", "inet6"), "text"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bit"), "binary"),
    **dict.fromkeys(("geometry", "point", "linestring", "polygon", "multipoint"), "binary"),
    **dict.fromkeys(("multilinestring", "multipolygon", "geometrycollection", "geomcollection"), "binary"),
    "json": "json",
    "uuid": "uuid",
}
_SHORT = frozenset(name for name, kind in _KINDS.items() if kind in ("number", "time", "uuid")) | {
    *("bit", "tinytext", "tinyblob", "enum", "set", "inet4", "inet6")
}
# The most bytes of a plain TEXT or BLOB.
_MOST_OF_TEXT = 65_535
_SIZED = re.compile(r"(?:var)?(?:char|binary)\((\d+)\)")
# A text of the server's character sets as Python knows them; utf8 and its kin hold every character.
_CODECS = {
    "latin1": "cp1252", "ascii": "ascii", "latin2": "iso8859_2", "latin5": "iso8859_9",
    "latin7": "iso8859_13", "cp1250": "cp1250", "cp1251": "cp1251", "cp1256": "cp1256",
    "cp1257": "cp1257", "cp850": "cp850",
    "cp852": "cp852", "cp866": "cp866", "greek": "iso8859_7", "hebrew": "iso8859_8", "koi8r": "koi8_r",
    "koi8u": "koi8_u", "sjis": "shift_jis", "cp932": "cp932", "ujis": "euc_jp", "eucjpms": "euc_jp",
    "big5": "big5", "gbk": "gbk", "gb2312": "gb2312", "euckr": "euc_kr", "tis620": "tis_620",
}  # fmt: skip
_PRINTED_DIGITS = 6
_UNICODE = ("utf8", "ucs2", "utf16", "utf32", "uca1400")


def base(type_name: str) -> str:
    """The first word of a type: `int` of `int(11) unsigned`."""
    return re.split(r"[ (]", type_name, maxsplit=1)[0].lower()


def kind_of(type_name: str) -> Kind:
    """The kind of a column type as SHOW COLUMNS spells it."""
    return _KINDS.get(base(type_name), "other")


def size_limit(type_name: str) -> int | None:
    """The most characters or bytes a value can have, null if only the value tells."""
    if base(type_name) in _SHORT:
        return 512
    match = _SIZED.match(type_name.lower())
    return int(match[1]) if match else None


def fits(type_name: str, collation: str, limit: int) -> bool:
    """Whether no value of the column can be longer than `limit` bytes as it is sent."""
    size = size_limit(type_name)
    if size is not None:
        return size * 4 <= limit
    is_sent = not collation or collation.startswith(("utf8mb", "utf8_", "ascii"))
    return base(type_name) in ("text", "blob") and is_sent and limit >= _MOST_OF_TEXT


def is_unicode(collation: str) -> bool:
    """Whether a column of this collation can hold every character (or holds no characters at all)."""
    return not collation or collation.startswith(_UNICODE) or collation == "binary"


def holds(collation: str, text: str) -> bool:
    """Whether a column of this collation can hold the text at all."""
    if text.isascii() or is_unicode(collation):
        return True
    codec = _CODECS.get(collation.partition("_")[0])
    try:
        return codec is not None and bool(text.encode(codec))
    except UnicodeEncodeError:
        return False


def is_single(type_name: str) -> bool:
    """Whether the type is a FLOAT as it is, whose printed form has six digits and loses the rest."""
    return type_name.lower() in ("float", "float unsigned")


def nearest_single(number: float) -> float:
    """The number that a FLOAT column makes of it."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return number


def shortest_single(text: str) -> str:
    """The fewest digits that give back a FLOAT, from what the server printed: its own six digits where
    they suffice, else all digits of the value as a DOUBLE."""
    mantissa = text.lower().partition("e")[0]
    if len(mantissa.lstrip("-0.").replace(".", "")) <= _PRINTED_DIGITS:
        return text
    number = float(text)
    for digits in (7, 8, 9):
        short = f"{number:.{digits}g}"
        if nearest_single(float(short)) == number:
            return re.sub(r"e([+-])0*", lambda sign: "e" + sign[1].strip("+"), short)
    return text
