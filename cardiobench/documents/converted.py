"""HTML, EPUB, DOCX and PDF, converted by kreuzberg: no cache, no OCR, nothing from a network."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cardiobench.documents.converter import convert
from cardiobench.documents.encoding import decoded
from cardiobench.documents.markdown_text import markdown_blocks
from cardiobench.documents.pdf_pages import pdf_blocks
from cardiobench.documents.raw import RawBlock
from cardiobench.errors import DataError
from cardiobench.foundation.text import squeeze

MIME = {
    "html": "text/html",
    "epub": "application/epub+zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
# What the text inside an EPUB or a DOCX may unpack to; a long textbook has some 10 MB.
MOST_UNPACKED = 256 << 20
_TEXT = (".xhtml", ".html", ".htm", ".xml", ".opf", ".ncx", ".rels", ".css", ".svg")


def converted_blocks(path: Path, kind: str) -> Iterator[RawBlock]:
    """The blocks of a document that needs a converter; headings are still among them.

    Raises:
        DataError: it is damaged, encrypted, a zip bomb or has no text layer.
    """
    data = path.read_bytes()
    if kind in ("epub", "docx"):
        check_zip(path)
    if kind == "html":
        data = decoded(data).encode("utf-8")
    result = _extract(data, MIME[kind], in_pages=kind == "pdf")
    if kind == "pdf":
        yield from pdf_blocks(result.document, int(result.metadata.get("page_count") or 0))
    else:
        yield from markdown_blocks(result.content)


def check_zip(path: Path) -> None:
    """Unpack the text of a zip file into nothing, up to a limit.

    Raises:
        DataError: it is no zip file, is encrypted or damaged, or unpacks to more than the limit.
    """
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if not member.filename.lower().endswith(_TEXT):
                    continue
                with archive.open(member) as stream:
                    while piece := stream.read(1 << 20):
                        total += len(piece)
                        if total > MOST_UNPACKED:
                            raise DataError(
                                f"a zip bomb: its text unpacks to more than "
                                f"{MOST_UNPACKED >> 20} MiB"
                            )
    except RuntimeError as error:  # zipfile's word for a password
        raise DataError("encrypted; save it without a password") from error
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise DataError(f"damaged: {squeeze(str(error))}") from error


def _extract(data: bytes, mime: str, *, in_pages: bool) -> Any:
    from kreuzberg import ContentFilterConfig, KreuzbergError

    # Heads and repeated lines are ours to find, and to count.
    kept = ContentFilterConfig(
        include_headers=in_pages, include_footers=in_pages, strip_repeating_text=False
    )
    try:
        return convert(
            data,
            mime,
            output_format="markdown",
            include_document_structure=in_pages,
            content_filter=kept,
        )
    except KreuzbergError as error:
        reason = squeeze(str(error))
        if "password" in reason:
            raise DataError("encrypted; save it without a password") from error
        raise DataError(f"damaged: {reason[:160]}") from error
