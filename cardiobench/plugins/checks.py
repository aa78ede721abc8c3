"""What plugins may supply: each hook's answer is checked, and two of a name are refused."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.fields import check_fields, limits
from cardiobench.plugins.architecture import SHORT_NAME, Architecture
from cardiobench.plugins.executor import ExecutorSource
from cardiobench.plugins.passage import PairStrategy
from cardiobench_tasks.catalogue import TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A plugin: its registered name, and the distribution it came with."""

    plugin: str
    distribution: str
    version: str = ""

    @property
    def is_built_in(self) -> bool:
        """Whether it is part of CardioBench."""
        return self.distribution == "cardiobench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A plugin that could not be used: which, why, and what to do."""

    plugin: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"plugin {self.plugin}: {self.cause.rstrip(chr(46))}. {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSource:
    """A named source of training pairs, which recipes select beside ``hpo`` and the others.

    Attributes:
        name: what a recipe writes under ``sources``: lower case, digits, ``.``, ``_``, ``-``.
        read: called without arguments when a recipe selects the source; gives
            (anchor, positive) or (anchor, positive, negative) texts, in the same order every time.
        licence: SPDX identifier in lower case, or the licence's own name.

    Raises:
        CardioBenchError: a field is not allowed; names it.
    """

    name: str = field(metadata=limits(pattern=SHORT_NAME))
    read: Callable[[], Iterable[tuple[str, ...]]]
    licence: str = field(metadata=limits(pattern=r".+"))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeSource:
    """A recipe of a plugin: its name, and TOML text or the path of a TOML file."""

    name: str
    content: str | Path


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_T = TypeVar("_T", bound=_Named)


class Supply(Generic[_T]):
    """Everything of one kind that plugins supply, by name.

    Args:
        hook: the hook that plugins answer.
        kind: what is supplied, for messages.
        check: turns an answer into the things in it, or raises.
        own_names: the names that CardioBench itself has taken.
    """

    def __init__(
        self,
        hook: str,
        kind: str,
        check: Callable[[object], list[_T]],
        own_names: Collection[str] = (),
    ) -> None:
        self.hook = hook
        self.kind = kind
        self.check = check
        self._own_names = own_names
        self._taken: dict[str, tuple[_T, Provider]] = {}

    def take(self, spec: _T, provider: Provider) -> str:
        """Add one spec; gives why it is refused, or ``""``."""
        if spec.name in self._taken:
            first = self._taken[spec.name][1]
            ours = first.is_built_in and "." in first.plugin  # a module of ours, no architecture
            owner = (
                "cardiobench itself" if ours else f"plugin {first.plugin} ({first.distribution})"
            )
        elif spec.name in self._own_names:
            owner = "cardiobench itself"
        else:
            self._taken[spec.name] = (spec, provider)
            return ""
        return (
            f"{self.kind} {spec.name!r} is already supplied by {owner}; the one of "
            f"{provider.plugin} ({provider.distribution}) is refused"
        )

    def all(self) -> list[tuple[_T, Provider]]:
        """Everything with its provider, sorted by name."""
        return [self._taken[name] for name in sorted(self._taken)]

    def get(self, name: str) -> _T | None:
        """The thing of that name, if there is one."""
        return self._taken[name][0] if name in self._taken else None


def as_architectures(answer: object) -> list[Architecture]:
    """The architectures in an answer: one, or an iterable of them."""
    return _instances(answer, Architecture, "cardiobench_architectures")


def as_pair_sources(answer: object) -> list[PairSource]:
    """The pair sources in an answer: one, or an iterable of them."""
    return _instances(answer, PairSource, "cardiobench_pairs")


def as_strategies(answer: object) -> list[PairStrategy]:
    """The strategies in an answer: one, or an iterable of them."""
    return _instances(answer, PairStrategy, "cardiobench_pair_strategies")


def as_executors(answer: object) -> list[ExecutorSource]:
    """The executors in an answer: one, or an iterable of them."""
    return _instances(answer, ExecutorSource, "cardiobench_executors")


def as_tasks(answer: object) -> list[TaskSpec]:
    """The task specifications in an answer, with their fields checked."""
    specs = _instances(answer, TaskSpec, "cardiobench_tasks")
    for spec in specs:
        check_fields(spec)
        if spec.strata and re.compile(spec.strata).groups != 1:
            raise CardioBenchError(
                f"TaskSpec {spec.name!r}: strata={spec.strata!r} needs exactly one group"
            )
    return specs


def as_recipes(answer: object) -> list[RecipeSource]:
    """The recipes in an answer, which maps names to TOML texts or paths."""
    if not isinstance(answer, Mapping):
        raise CardioBenchError(
            f"cardiobench_recipes returned {type(answer).__name__}, not a mapping of names to TOML"
        )
    for name, content in answer.items():
        if (
            not isinstance(name, str)
            or not re.fullmatch(SHORT_NAME, name)
            or name.endswith(".toml")
        ):
            raise CardioBenchError(
                f"cardiobench_recipes: the name {name!r} is not allowed: lower case, digits, '.', "
                "'_' and '-', without .toml"
            )
        if not isinstance(content, str | Path):
            raise CardioBenchError(
                f"cardiobench_recipes: {name} is of type {type(content).__name__}, not TOML text "
                "or a path of a TOML file"
            )
    return [RecipeSource(name=name, content=content) for name, content in answer.items()]


_C = TypeVar("_C")


def _instances(answer: object, wanted: type[_C], hook: str) -> list[_C]:
    items = [answer] if isinstance(answer, wanted) else answer
    if not isinstance(items, Iterable):
        raise CardioBenchError(f"{hook} returned {type(answer).__name__}")
    instances: list[_C] = []
    for item in items:
        if not isinstance(item, wanted):
            raise CardioBenchError(
                f"{hook} returned a {type(item).__name__}, not a cardiobench.{wanted.__name__}"
            )
        instances.append(item)
    return instances
