"""Descriptive statistics of the tasks: shipped beside the text that we wrote, found by mteb.

mteb keeps those of its own tasks in its package and would write ours there too.
"""

import copy
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from mteb import TaskMetadata
from pydantic import PrivateAttr

KEPT = Path(str(files("cardiobench_tasks") / "data" / "descriptive_stats"))


class KeptMetadata(TaskMetadata):
    """Metadata whose descriptive statistics, and so ``n_samples``, are found in our package."""

    _folder: Path = PrivateAttr(default=KEPT)

    @property
    def descriptive_stat_path(self) -> Path:
        """The path to the descriptive statistics file."""
        return self._folder / f"{self.name}.json"


class KeptStatistics:
    """Mixed into task classes: their statistics are computed without a file being written."""

    metadata: Any

    def calculate_descriptive_statistics(
        self, overwrite_results: bool = False, num_proc: int | None = None
    ) -> dict[str, Any]:
        """The statistics as mteb computes them.

        Args:
            overwrite_results: whether to compute them anew although they are shipped.
            num_proc: as mteb takes it.

        Returns:
            Split to statistics; nothing is written, least of all into site-packages.
        """
        with tempfile.TemporaryDirectory(prefix="cardiobench-") as folder:
            twin = copy.copy(self)
            twin.metadata = self.metadata.model_copy()
            if overwrite_results or not self.metadata.descriptive_stat_path.is_file():
                twin.metadata._folder = Path(folder)
            parent: Any = super(KeptStatistics, twin)
            found: dict[str, Any] = parent.calculate_descriptive_statistics(
                overwrite_results=overwrite_results, num_proc=num_proc
            )
        return found
