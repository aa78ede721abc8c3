"""``--source NAME=FILE``: a release file of the user's own instead of the one a package carries."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.sources.releases import TITLES

_F = TypeVar("_F", bound=Callable[..., Any])


def source_option(function: _F) -> _F:
    """Add ``--source`` to a command that reads releases but has no sources to choose from."""
    return click.option(
        "--source",
        "sources",
        multiple=True,
        metavar="NAME=FILE",
        help="Read another release: hpo=hp.obo, hpo-annotations=phenotype.hpoa, icd10cm=FILE.xml.",
    )(function)


def release_files(values: Iterable[str]) -> dict[str, Path]:
    """Source name to release file, each looked into before any work.

    Raises:
        UnknownNameError: no source has that name.
        CardioBenchError: a value is not NAME=FILE, or there is no such file.
        DataError: a file is no release of its source.
    """
    files: dict[str, Path] = {}
    for value in values:
        name, equals, path = value.partition("=")
        if name not in TITLES:
            raise UnknownNameError("source", name, TITLES)
        if not equals or not path:
            raise CardioBenchError(f"--source {value}: write {name}=FILE, a release of it.")
        if name in files:
            raise CardioBenchError(f"--source {name}= stands twice; give one file.")
        files[name] = Path(path).expanduser().resolve()
        if not files[name].is_file():
            fault = "is a folder" if files[name].is_dir() else "does not exist"
            raise CardioBenchError(f"--source {value}: {path} {fault}. Give a release file.")
    _check(files)
    return files


def _check(files: Mapping[str, Path]) -> None:
    """Read each file: what cannot be parsed, or holds no cardiology, fails here."""
    from cardiobench.errors import DataError
    from cardiobench.sources.hpo import read_hpo
    from cardiobench.sources.hpo_annotations import impossible_frequencies, read_annotations
    from cardiobench.sources.hpo_cardiology import CARDIOVASCULAR_ROOT
    from cardiobench.sources.icd10cm import read_icd10cm

    contents: dict[str, tuple[str, Callable[[Path], bool]]] = {
        "hpo": (CARDIOVASCULAR_ROOT, lambda file: CARDIOVASCULAR_ROOT in read_hpo(file).concepts),
        "icd10cm": ("chapter 9", lambda file: "chapter 9" in read_icd10cm(file).concepts),
        "hpo-annotations": ("annotation", lambda file: bool(read_annotations(file))),
    }
    for name, file in files.items():
        needed, holds = contents[name]
        if not holds(file):
            raise DataError(
                f"{file} has no {needed}, so it is no whole release of {TITLES[name]}. "
                f"Give the file as published."
            )
    annotations = files.get("hpo-annotations")
    count = impossible_frequencies(annotations) if annotations else 0
    if count:
        rows = "1 row has a frequency" if count == 1 else f"{count:,} rows have frequencies"
        click.echo(f"Note: {rows} outside [0, 1] in {annotations}: read as not stated.", err=True)
