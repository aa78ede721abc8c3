"""Pairs in files: users' own, read or refused as a whole, and exports."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cardiobench.errors import DataError
from cardiobench.foundation.files import whole_file, write_text
from cardiobench.foundation.interrupts import is_interrupt
from cardiobench.pairs.hub_sets import load_hub_set
from cardiobench.pairs.origins import SUFFIXES as SUFFIXES
from cardiobench.pairs.origins import check_form
from cardiobench.pairs.origins import check_there as check_there
from cardiobench.pairs.origins import is_known_form as is_known_form
from cardiobench.pairs.pair import OWN, Pair
from cardiobench.plugins.checks import PairSource
from cardiobench.plugins.loading import plugin_code

# Malformed rows that a message spells out; the rest it counts.
MAX_REPORTED = 5

_COLUMNS = ("anchor", "positive", "negative")

# Where a row stands, and its columns or what is wrong with it.
_Row = tuple[int, Mapping[str, object] | str]


def read_pairs(origin: str) -> tuple[Pair, ...]:
    """A user's pairs from a .jsonl, .csv or .parquet file or a hub data set's ``train`` split.

    Columns are ``anchor``, ``positive`` and, if wanted, ``negative``, where an empty or missing
    value means none; other columns are passed over. Each row is its own concept, ``FILE:ROW``.

    Args:
        origin: a path, or a hub data set id (``organisation/name``, with ``@REVISION`` if wanted).

    Raises:
        DataError: the file cannot be read, has no rows, or has malformed ones: it is refused as a
            whole, and the first five are named with their lines (rows, from 1, for Parquet and
            hub data sets).
    """
    return read_pairs_at(origin)[0]


def read_pairs_at(origin: str) -> tuple[tuple[Pair, ...], str | None]:
    """As :func:`read_pairs`, and the commit of a hub data set; None for a file."""
    check_form(origin)
    readers = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(Path(origin).suffix.lower())
    if reader is not None:
        return _checked(reader(origin), origin, Path(origin).name), None
    rows, names, commit = load_hub_set(origin)
    _check_columns(origin, names)
    return _checked(enumerate(rows, start=1), origin, origin), commit


def supplied_pairs(source: PairSource) -> tuple[Pair, ...]:
    """The pairs of a plugin's source, checked as those of a file; each is ``NAME:ROW``.

    Raises:
        DataError: the source fails, gives nothing, or gives malformed pairs: it is refused as a
            whole, and the first five are named.
    """
    try:
        with plugin_code(source.name, "a pair source"):
            rows = list(source.read())
    # A plugin may fail in any way; the source is then the user's to mend or leave out.
    except BaseException as error:
        if is_interrupt(error):
            raise
        raise DataError(
            f"The pair source {source.name} failed: {type(error).__name__}: "
            f"{_first_line(error)} Mend its plugin, or leave the source out."
        ) from error
    return _checked(_numbered(rows), source.name, source.name)


def _numbered(rows: list[tuple[str, ...]]) -> Iterator[_Row]:
    for number, row in enumerate(rows, start=1):
        if isinstance(row, list | tuple) and len(row) in (2, 3):
            yield number, dict(zip(_COLUMNS, row, strict=False))
        else:
            yield number, "not (anchor, positive) or (anchor, positive, negative)"


def _checked(table: Iterable[_Row], origin: str, name: str) -> tuple[Pair, ...]:
    """The pairs of all rows, or an error that names the malformed ones."""
    pairs: list[Pair] = []
    wrong: list[str] = []
    for row, columns in table:
        problem = columns if isinstance(columns, str) else _problem(columns)
        if problem:
            wrong.append(f"{origin}:{row}: {problem}")
        elif not isinstance(columns, str):
            texts = {c: str(columns[c]).strip() for c in _COLUMNS if columns.get(c) is not None}
            pairs.append(Pair(concept=f"{name}:{row}", relation=OWN, **texts))
    if wrong:
        more = f"; and {len(wrong) - MAX_REPORTED} more" if len(wrong) > MAX_REPORTED else ""
        rows = "1 malformed row" if len(wrong) == 1 else f"{len(wrong)} malformed rows"
        raise DataError(f"{rows}, so {origin} is refused: {'; '.join(wrong[:MAX_REPORTED])}{more}.")
    if not pairs:
        raise DataError(f"{origin} has no rows.")
    return tuple(pairs)


def write_pairs(path: Path, pairs: Sequence[Pair]) -> None:
    """Export pairs, whole or not at all; :func:`read_pairs` reads the same texts back.

    Columns: anchor, positive, negative (where any pair has one), relation, concept, other.

    Raises:
        DataError: the path does not end in .jsonl, .csv or .parquet.
        CardioBenchError: the folder cannot be written.
    """
    suffix = check_export(path)
    with_negatives = any(pair.negative for pair in pairs)
    columns = [*_COLUMNS[: 3 if with_negatives else 2], "relation", "concept", "other"]
    rows = [{column: getattr(pair, column) for column in columns} for pair in pairs]
    if suffix == ".jsonl":
        lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
        write_text(path, "".join(f"{line}\n" for line in lines))
    elif suffix == ".csv":
        stream = io.StringIO()
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(path, stream.getvalue())
    else:
        import pyarrow as pa
        from pyarrow import parquet

        schema = pa.schema([(column, pa.string()) for column in columns])
        with whole_file(path) as temporary:
            parquet.write_table(pa.Table.from_pylist(rows, schema=schema), temporary)


def check_export(path: Path) -> str:
    """The export format of a path, by its suffix.

    Raises:
        DataError: it is none that can be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(f"Cannot export to {path}: its name must end in {', '.join(SUFFIXES)}.")
    return suffix


def _problem(columns: Mapping[str, object]) -> str:
    """What is wrong with a row's columns, or nothing."""
    for column in _COLUMNS:
        value = columns.get(column)
        if column == "negative" and value in (None, ""):
            continue
        if value is None:
            return f"{column} is missing"
        if not isinstance(value, str):
            return f"{column} is {_shown(value)}, not a text"
        try:
            value.encode()
        except UnicodeEncodeError as error:
            return f"{column} has half a character, {value[error.start]!a}, as cut-off text has"
        if not any(character.isalnum() for character in value):
            return f"{column} is empty" if not value.strip() else f"{column} has no words"
    return ""


def _shown(value: object) -> str:
    """A value that is no text; what holds others may be too deep to print."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return json.dumps(value, default=str)[:40]


def _text(origin: str) -> str:
    """The text of a UTF-8 file, with or without a byte order mark."""
    try:
        data = Path(origin).read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read {origin}: {error.strerror}.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{origin}:{line}: not UTF-8 text.") from error


def _jsonl(origin: str) -> Iterator[_Row]:
    for number, line in enumerate(_text(origin).split("\n"), start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except ValueError as error:
                yield number, f"not JSON ({getattr(error, 'msg', error)})"
            except RecursionError:
                yield number, "not JSON that can be read (nested too deeply)"
            else:
                yield number, value if isinstance(value, dict) else "not a JSON object"


def _csv(origin: str) -> Iterator[_Row]:
    # Not splitlines: a quoted text may hold line ends of any kind.
    rows = csv.reader(io.StringIO(_text(origin), newline=""), strict=True)
    try:
        header = next(rows, [])
        _check_columns(origin, header)
        line = rows.line_num + 1
        for row in rows:
            if row and len(row) != len(header):
                yield line, f"{len(row)} columns, where the header has {len(header)}"
            elif row:
                yield line, dict(zip(header, row, strict=True))
            line = rows.line_num + 1
    except csv.Error as error:
        yield rows.line_num, f"not CSV ({error})"


def _parquet(origin: str) -> Iterator[_Row]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(origin) as file:
            names = file.schema_arrow.names
            _check_columns(origin, names)
            table = file.read(columns=[c for c in _COLUMNS if c in names])
            table.validate(full=True)  # texts are UTF-8
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"Cannot read {origin} as Parquet: {_first_line(error)}") from error
    yield from enumerate(table.to_pylist(), start=1)


def _check_columns(origin: str, names: Sequence[str]) -> None:
    missing = [column for column in _COLUMNS[:2] if column not in names]
    if missing or len(set(names)) != len(names):
        raise DataError(
            f"{origin}:1: needs the columns anchor and positive, once each (negative if wanted); "
            f"found: {', '.join(names) or 'none'}."
        )


def _first_line(error: BaseException) -> str:
    text = (str(error).splitlines() or [""])[0].strip() or type(error).__name__
    return text if text.endswith(".") else f"{text}."
