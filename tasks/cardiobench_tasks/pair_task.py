"""The pair task: one mteb class behind every CardioBench task over pairs of texts."""

from typing import Any, ClassVar

from mteb.abstasks.pair_classification import AbsTaskPairClassification

from cardiobench_tasks.catalogue import TaskSpec
from cardiobench_tasks.kept_statistics import KeptStatistics
from cardiobench_tasks.task_data import Tables, column_dataset, task_tables


class PairTask(KeptStatistics, AbsTaskPairClassification):
    """Pair classification over a table ``pairs`` that is built at a pinned revision.

    Subclasses set ``spec`` and ``metadata`` and make the table: ``sentence1``, ``sentence2``,
    ``labels`` and columns of their own.
    """

    spec: ClassVar[TaskSpec]

    def build(self) -> Tables:
        """Make the task's table."""
        raise NotImplementedError

    def load_data(self, num_proc: int | None = None, **kwargs: Any) -> None:
        """Build the pairs, or take them from the cache, at the pinned revision."""
        if self.data_loaded:
            return
        rows = task_tables(self.spec, self.build)["pairs"]
        self.dataset = {self.spec.split: column_dataset(rows)}
        self.data_loaded = True
