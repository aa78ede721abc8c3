"""Pairs from a data set on the hub, and the commit that they were read at."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cardiobench.errors import DataError
from cardiobench.foundation.text import squeeze
from cardiobench.models.checkpoint import hub_is_near

_COMMIT = re.compile(r"[0-9a-f]{40}")


def load_hub_set(origin: str) -> tuple[Iterable[Mapping[str, object]], Sequence[str], str]:
    """The ``train`` split of a data set, its columns, and its commit.

    Args:
        origin: ``organisation/name``, or ``organisation/name@REVISION`` for a commit, a tag or a
            branch of one's own choice.

    Returns:
        The rows; the names of their columns; the commit of 40 hexadecimal digits that was read,
        or ``"unknown"`` where a folder stands in for the hub.

    Raises:
        DataError: it cannot be loaded.
    """
    from datasets import DownloadConfig, load_dataset_builder

    name, _, revision = origin.partition("@")
    download = DownloadConfig(local_files_only=not hub_is_near())
    try:
        builder: Any = load_dataset_builder(
            name, revision=revision or None, download_config=download
        )
        builder.download_and_prepare(download_config=download)
        rows = builder.as_dataset(split="train")
    # The hub, its cache and a data set's own files fail in many ways; all are the user's to mend.
    except Exception as error:
        raise DataError(
            f"Cannot load the hub data set {origin} (there is no file of that name here either): "
            f"{_first_line(error)} Without a network, give a .jsonl, .csv or .parquet file."
        ) from error
    read_at = str(builder.hash or "")
    return rows, rows.column_names, read_at if _COMMIT.fullmatch(read_at) else "unknown"


def _first_line(error: Exception) -> str:
    text = squeeze((str(error).splitlines() or [""])[0]) or type(error).__name__
    return text if text.endswith(".") else f"{text}."
