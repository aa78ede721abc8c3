"""Pages that a command generates: written, or compared with what they would be."""

from pathlib import Path

import click


def keep_page(page: Path, text: str, *, check: bool, remake: str) -> None:
    """Write a page; with ``--check`` exit 1 if it is not current, and name what would remake it."""
    from cardiobench.foundation.files import write_text

    if not check:
        write_text(page, text)
    elif not page.is_file() or page.read_text(encoding="utf-8") != text:
        click.echo(f"{page} is stale. Type: {remake}", err=True)
        raise click.exceptions.Exit(1)


def report_page(page: Path, text: str, *, check: bool, remake: str) -> None:
    """As :func:`keep_page`, with a line that says so."""
    keep_page(page, text, check=check, remake=remake)
    click.echo(f"{page} is {'current' if check else 'written'}.")
