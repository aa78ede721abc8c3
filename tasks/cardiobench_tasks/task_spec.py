"""What one task is, as the catalogue holds it."""

import importlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One task as the listing shows it and its class fills mteb's metadata from.

    Attributes:
        name: mteb task name.
        type: mteb task type.
        main_score: key of the main score, as mteb reports it.
        asks: what the task asks, in one line.
        sources: where the text comes from.
        packages: pip packages that carry the sources.
        revision: content hash of the data (40 hexadecimal digits).
        target: ``module:Class`` of the mteb task class.
        hard: whether the task belongs to ``Cardio(eng, v1, hard)`` instead of the default suite.
        details: further board columns: heading, and key in mteb's result.
        strata: regular expression (full match, one group for the label) of the keys that the
            board's detail page shows.
        lexical_control: whether the task claims that no shortcut of `cardiobench audit` scores
            above chance; otherwise the best of them is the line that a model must pass.
        provider: distribution that supplies the task; filled in for tasks of plugins.
    """

    # What a plugin's task must match: names become file names and headings.
    name: str = field(metadata={"pattern": r"[A-Za-z][A-Za-z0-9_-]*"})
    type: str
    main_score: str = field(metadata={"pattern": r"\w+"})
    asks: str
    sources: tuple[str, ...]
    packages: tuple[str, ...]
    revision: str = field(metadata={"pattern": r"[0-9a-f]{40}"})
    target: str = field(metadata={"pattern": r"[\w.]+:\w+"})
    hard: bool = False
    details: tuple[tuple[str, str], ...] = ()
    strata: str = ""
    lexical_control: bool = False
    provider: str = "cardiobench"

    @property
    def group(self) -> str:
        """The aggregate that the task counts in; scores of unlike scales are never averaged."""
        if self.name.endswith("Separation"):
            return "separation" if self.name.startswith("Cardio") else "transfer"
        if self.main_score == "findings_auroc":
            return "findings"
        return "retrieval" if self.type == "Retrieval" else "triplets"

    @property
    def from_plugin(self) -> bool:
        """Whether a plugin supplies the task: it then counts in no aggregate."""
        return self.provider != "cardiobench"

    @property
    def split(self) -> str:
        """The evaluation split's name, which carries the data revision.

        mteb's cache ignores the data revision of a result whose splits are all present. With the
        revision in the split's name, changed data is a missing split, so no old score is reused.
        """
        return f"test_{self.revision[:8]}"

    def load(self) -> Any:
        """An instance of the mteb task class (imports mteb, several seconds)."""
        module, _, name = self.target.partition(":")
        return getattr(importlib.import_module(module), name)()
