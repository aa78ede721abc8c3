"""HTML pages of one file that load nothing, run only what we wrote, and show other text as text."""

import base64
import hashlib
import json
from collections.abc import Iterable
from html import escape
from typing import Any

from cardiobench.foundation.text import squeeze

# Readable on either ground: contrasts of 7:1 and more for text, 4.5:1 for what is muted.
STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --text: #1b1f24; --muted: #57606a;
  --line: #d0d7de; --soft: #f3f5f7; --mark: #0550ae; --good: #116329; --bad: #a40e26; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --text: #e6edf3;
  --muted: #9da7b1; --line: #30363d; --soft: #161b22; --mark: #79c0ff; --good: #7ee787;
  --bad: #ffa198; } }
body { background: var(--ground); color: var(--text); margin: 0 auto; padding: 1rem;
  max-width: 75rem; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
p { max-width: 50rem; margin: .5rem 0; } .muted { color: var(--muted); }
a { color: var(--mark); } .good { color: var(--good); } .bad { color: var(--bad); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: left;
  vertical-align: top; } th { background: var(--soft); } td.number { text-align: right; }
.scroll { overflow-x: auto; } :focus-visible { outline: 3px solid var(--mark); }
"""


def page(title: str, body: str, *, style: str = "", script: str = "", data: str = "") -> str:
    """A whole page; its Content-Security-Policy lets in its own style and script and nothing else.

    Args:
        title: shown as text.
        body: HTML of ours, with other text escaped (:func:`escape`).
        style: added to :data:`STYLE`.
        script: of ours; run at the end.
        data: from :func:`embedded`, for the script to read.
    """
    css = f"{STYLE}{style}"
    scripts = f"'{_digest(script)}'" if script else "'none'"
    policy = (
        f"default-src 'none'; style-src '{_digest(css)}'; script-src {scripts}; "
        "base-uri 'none'; form-action 'none'"
    )
    run = f"<script>{script}</script>\n" if script else ""
    held = f'<script type="application/json" id="data">{data}</script>\n' if data else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(squeeze(title))}</title>\n<style>{css}</style>\n</head>\n"
        f"<body>\n{body}\n{held}{run}</body>\n</html>\n"
    )


def embedded(value: Any) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of text, every cell escaped."""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _digest(text: str) -> str:
    """What a Content-Security-Policy calls an element's content."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
