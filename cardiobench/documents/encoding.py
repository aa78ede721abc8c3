"""The text encoding of a file: what it says, UTF-8, or the likeliest one."""

import codecs
import re

from cardiobench.errors import DataError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)


def encoding_of(sample: bytes) -> str:
    """The encoding of a text whose first bytes, a megabyte at most, these are.

    Raises:
        DataError: they are no text.
    """
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        raise DataError("not a text: it has zero bytes")
    if _is_utf8(sample):
        return "utf-8"
    declared = _DECLARED.search(sample[:2048])
    if declared is not None:
        name = declared[1].decode("ascii").lower()
        if _decodes(sample, name):
            return name
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:65536]).best()
    if best is None or not _decodes(sample, best.encoding):
        raise DataError("no known text encoding; save it as UTF-8")
    return str(best.encoding)


def decoded(data: bytes) -> str:
    """The text of a whole small file.

    Raises:
        DataError: it is no text.
    """
    try:
        return data.decode(encoding_of(data))
    except UnicodeDecodeError as error:
        raise DataError(f"not {error.encoding} text at byte {error.start}") from error


def _is_utf8(sample: bytes) -> bool:
    # The sample may end within a character.
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _decodes(sample: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(sample)
    except (LookupError, UnicodeError):
        return False
    return True
