"""Text of the user's documents stays at home: what is to leave is compared with their hashes."""

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

from cardiobench.errors import CardioBenchError
from cardiobench.pairs.document_text import quotes, read_fingerprint
from cardiobench.results.entry import Entry
from cardiobench.training.adapter_store import fingerprint_path

_TEXTS = (".json", ".md", ".csv", ".txt")


def check_no_document_text(entry: Entry, files: Iterable[Path]) -> None:
    """Refuse if a file quotes documents that the entry's model was trained on.

    Args:
        entry: whose files they are; one that was not trained on documents passes.
        files: all that would leave.

    Raises:
        CardioBenchError: a file has eight of their words in a row, names where documents lie, or
            the hashes to compare with are missing.
    """
    training = entry.manifest().training if entry.manifest_path.is_file() else None
    if training is None or not training.audit.get("documents"):
        return
    if "documents" in training.recipe:
        raise CardioBenchError(
            f"{entry.name}: its manifest says where your documents lie. Type: cardiobench run"
        )
    path = fingerprint_path(entry)
    if not path.is_file():
        raise CardioBenchError(
            f"{entry.name} was trained on your documents, and {path}, by which its files are "
            "checked for their text, is missing. Use the folder that it was trained in"
        )
    fingerprint = read_fingerprint(path)
    for file in files:
        text = _text(file)
        if text and quotes(text, fingerprint):
            raise CardioBenchError(
                f"{file} quotes your documents (eight words in a row), so nothing leaves. Take the "
                "text out, then try again"
            )


def _text(path: Path) -> str:
    """The text of a file, unpacked; nothing of weights."""
    if path.suffix == ".gz":
        try:
            return gzip.decompress(path.read_bytes()).decode("utf-8", errors="replace")
        except (OSError, EOFError, zlib.error):
            return ""
    if path.suffix not in _TEXTS:
        return ""
    return path.read_text(encoding="utf-8", errors="replace")
