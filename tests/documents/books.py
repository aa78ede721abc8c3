"""One tiny book, written for these tests, in every format that can be read."""

import html
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

TITLE = "The heart in brief"
# (heading, paragraphs); the last heading is a question.
SECTIONS = (
    (
        "Chambers and valves",
        (
            "The heart has four chambers that fill and empty in turn. The two upper ones are "
            "called atria (Figure 1). Valves keep the blood from flowing back between them.",
            "Atrial flutter (AFL) is a fast and regular rhythm of the upper chambers. Many "
            "patients with it feel nothing at all. A tracing of the rhythm shows it at once.",
        ),
    ),
    (
        "How is flutter treated?",
        (
            "Doctors slow the ventricles with tablets and thin the blood against clots. Some "
            "patients need a short shock under sedation. Ablation cures most of them for good.",
            "After an ablation AFL comes back in few of the patients who had it. Atrial flutter "
            "that comes back can be ablated a second time. The risk of this is small.",
        ),
    ),
)
CAPTION = "Figure 1. Chambers of the heart from the front."


def _blocks() -> list[tuple[int, str]]:
    """(heading level or 0, text) of the book."""
    blocks = [(1, TITLE)]
    for heading, paragraphs in SECTIONS:
        blocks += [(2, heading), *((0, paragraph) for paragraph in paragraphs)]
    return [*blocks, (0, CAPTION)]


def _markdown(path: Path) -> None:
    path.write_text("\n\n".join(f"{'#' * level} {text}".strip() for level, text in _blocks()))


def _text(path: Path) -> None:
    path.write_text("\n\n".join(text for _, text in _blocks()))


def _page() -> str:
    tags = {1: "h1", 2: "h2", 0: "p"}
    body = "".join(f"<{tags[n]}>{html.escape(t)}</{tags[n]}>" for n, t in _blocks())
    script = "<script>var secret = 'this is no text of the book at all';</script>"
    return f"<html><head><title>T</title>{script}</head><body>{body}</body></html>"


def _html(path: Path) -> None:
    path.write_text(_page())


def epub(path: Path, page: str) -> None:
    """An EPUB of one page; the libraries that write EPUB are under the AGPL, so by zipfile."""
    container = (
        "<container version='1.0' xmlns='urn:oasis:names:tc:opendocument:xmlns:container'>"
        "<rootfiles><rootfile full-path='book.opf' "
        "media-type='application/oebps-package+xml'/></rootfiles></container>"
    )
    package = (
        "<package xmlns='http://www.idpf.org/2007/opf' version='3.0' unique-identifier='i'>"
        "<metadata xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:identifier id='i'>b"
        "</dc:identifier><dc:title>B</dc:title><dc:language>en</dc:language></metadata>"
        "<manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/></manifest>"
        "<spine><itemref idref='a'/></spine></package>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("book.opf", package)
        archive.writestr("a.xhtml", page)


def _epub(path: Path) -> None:
    epub(path, _page())


def _docx(path: Path) -> None:
    import docx

    document = docx.Document()
    for level, text in _blocks():
        if level:
            document.add_heading(text, level)
        else:
            document.add_paragraph(text)
    document.save(str(path))


def _pdf(path: Path) -> None:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer

    styles = getSampleStyleSheet()
    flow = []
    for level, text in _blocks():
        # Each section on a page of its own: heads and feet repeat.
        flow += [PageBreak()] if level == 2 else []
        style = styles[f"Heading{level}" if level else "BodyText"]
        flow += [Paragraph(html.escape(text), style), Spacer(1, 8)]

    def furniture(canvas, document) -> None:
        canvas.drawString(200, 810, "A pocket book of the heart")
        canvas.drawString(290, 20, str(document.page))

    SimpleDocTemplate(str(path)).build(flow, onFirstPage=furniture, onLaterPages=furniture)


def _tree(root: ElementTree.Element, parts: list[tuple[str, str]]) -> None:
    """Elements below a root: ``("sec/title", text)`` opens or continues a section."""
    for name, text in parts:
        outer, _, inner = name.partition("/")
        if inner == "title":
            ElementTree.SubElement(root, outer)
        ElementTree.SubElement(root[-1], inner).text = text


def _jats(path: Path) -> None:
    article = ElementTree.Element("article")
    meta = ElementTree.SubElement(ElementTree.SubElement(article, "front"), "title-group")
    ElementTree.SubElement(meta, "article-title").text = TITLE
    body = ElementTree.SubElement(article, "body")
    for heading, paragraphs in SECTIONS:
        _tree(body, [("sec/title", heading), *(("sec/p", text) for text in paragraphs)])
    figure = ElementTree.SubElement(body, "fig")
    ElementTree.SubElement(figure, "label").text = "Figure 1"
    caption = ElementTree.SubElement(figure, "caption")
    ElementTree.SubElement(caption, "p").text = CAPTION.removeprefix("Figure 1. ")
    ElementTree.ElementTree(article).write(path, encoding="utf-8")


def _cnxml(path: Path) -> None:
    document = ElementTree.Element("document", xmlns="http://cnx.rice.edu/cnxml")
    ElementTree.SubElement(document, "title").text = TITLE
    content = ElementTree.SubElement(document, "content")
    for heading, paragraphs in SECTIONS:
        _tree(content, [("section/title", heading), *(("section/para", t) for t in paragraphs)])
    entry = ElementTree.SubElement(ElementTree.SubElement(document, "glossary"), "definition")
    ElementTree.SubElement(entry, "term").text = "atrium"
    ElementTree.SubElement(entry, "meaning").text = "upper chamber of the heart"
    ElementTree.ElementTree(document).write(path, encoding="utf-8")


WRITERS: dict[str, Callable[[Path], None]] = {
    "book.md": _markdown,
    "book.txt": _text,
    "book.html": _html,
    "book.epub": _epub,
    "book.docx": _docx,
    "book.pdf": _pdf,
    "book.nxml": _jats,
    "book.cnxml": _cnxml,
}
