"""What the audit of a task found, as data."""

from pydantic import BaseModel, ConfigDict, Field

# Of scores in reports: what other versions of the linear algebra would give as well.
DECIMALS = 4


class ShortcutScore(BaseModel):
    """The score of one shortcut on one task."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    score: float = Field(ge=0, le=1)


class TaskAudit(BaseModel):
    """The audit of one task at one data revision.

    Attributes:
        task: mteb task name.
        revision: content hash of the data.
        metric: what the scores are: ``auroc``, or the task's main score.
        chance: the score of an order by chance.
        items: how many pairs, triplets or queries were scored.
        lexical_control: whether the task claims that no shortcut stands above chance.
        shortcuts: every shortcut with its score.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    revision: str
    metric: str
    chance: float = Field(ge=0, le=1)
    items: int = Field(gt=0)
    lexical_control: bool
    shortcuts: tuple[ShortcutScore, ...] = Field(min_length=1)

    @property
    def floor(self) -> ShortcutScore:
        """The best shortcut: the line that a model must pass."""
        return max(self.shortcuts, key=lambda shortcut: shortcut.score)

    def above_chance(self, shortcut: ShortcutScore) -> float:
        """How far a shortcut stands above chance."""
        return round(shortcut.score - self.chance, DECIMALS)
