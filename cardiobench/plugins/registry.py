"""Finding plugins, keeping broken ones from harming the rest, and asking them in plain types."""

import functools
import importlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from cardiobench.errors import UnknownNameError
from cardiobench.foundation.interrupts import is_interrupt
from cardiobench.foundation.machine import own_version
from cardiobench.foundation.text import squeeze
from cardiobench.plugins import hookspecs
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.checks import (
    PairSource,
    Problem,
    Provider,
    RecipeSource,
    Supply,
    as_architectures,
    as_executors,
    as_pair_sources,
    as_recipes,
    as_strategies,
    as_tasks,
)
from cardiobench.plugins.executor import ExecutorSource
from cardiobench.plugins.installed import disabled_names, installed_plugins
from cardiobench.plugins.loading import plugin_code
from cardiobench.plugins.passage import PairStrategy
from cardiobench.sources.releases import TITLES
from cardiobench_tasks.catalogue import CATALOGUE, TaskSpec

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Our recipes and executors come by the same hooks as everyone's; these cannot be disabled.
_BUILT_IN = ("training.presets", "runs.executors", "documents.strategies")
BUILT_IN_MODULES = tuple(f"cardiobench.{module}" for module in _BUILT_IN)
_T = TypeVar("_T")


class Plugins:
    """The loaded plugins as a typed facade over pluggy."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self.problems: list[Problem] = []
        self.disabled: list[Provider] = []
        self._providers: dict[str, Provider] = {}
        self._architectures = Supply("cardiobench_architectures", "architecture", as_architectures)
        self._tasks = Supply(
            "cardiobench_tasks", "task", as_tasks, tuple(spec.name for spec in CATALOGUE)
        )
        self._pairs = Supply(
            "cardiobench_pairs", "pair source", as_pair_sources, (*TITLES, "documents")
        )
        self._strategies = Supply("cardiobench_pair_strategies", "pair strategy", as_strategies)
        self._recipes = Supply("cardiobench_recipes", "recipe", as_recipes)
        self._executors = Supply("cardiobench_executors", "executor", as_executors)
        for name in BUILT_IN_MODULES:
            self.add(name, importlib.import_module(name), "cardiobench", own_version())

    def add(self, name: str, module: object, distribution: str, version: str = "") -> None:
        """Register one plugin and take what it supplies; a plugin that fails becomes a problem."""
        if name in self._providers:
            first = self._providers[name]
            self._report(
                name,
                f"the plugin name {name!r} of {distribution} is already taken by "
                f"{first.distribution}",
                "Rename the entry point of one of the two.",
            )
            return
        if not self._register(name, module):
            return
        supplies: tuple[Supply[Any], ...] = (
            self._architectures,
            self._tasks,
            self._pairs,
            self._strategies,
            self._recipes,
            self._executors,
        )
        try:
            with plugin_code(name, distribution):
                supplied = [
                    (supply, spec)
                    for supply in supplies
                    for answer in self._answers(supply.hook, name)
                    for spec in supply.check(answer)
                ]
        except BaseException as error:
            if is_interrupt(error):
                raise
            self._report(
                name, f"{type(error).__name__}: {error}", "Mend the plugin or uninstall it."
            )
            self._manager.unregister(name=name)
            return
        provider = Provider(plugin=name, distribution=distribution, version=version)
        self._providers[name] = provider
        for supply, spec in supplied:
            refused = supply.take(spec, provider)
            if refused:
                self._report(name, refused, "Rename one of the two.")

    def _register(self, name: str, module: object) -> bool:
        """Register a module with pluggy; a misspelt hook or argument is a problem."""
        try:
            self._manager.register(module, name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._manager.has_plugin(name) and self._manager.get_plugin(name) is module:
                self._manager.unregister(name=name)
            self._report(
                name,
                str(error),
                "Hook names and arguments are in cardiobench/plugins/hookspecs.py.",
            )
            return False
        return True

    def _answers(self, hook: str, name: str) -> list[object]:
        """What one plugin answers to a hook; ``[None]`` where its return was forgotten."""
        if not self._has_hook(hook, name):
            return []
        others = [plugin for other, plugin in self._manager.list_name_plugin() if other != name]
        # pluggy leaves None out.
        return list(self._manager.subset_hook_caller(hook, others)()) or [None]

    def _has_hook(self, hook: str, name: str) -> bool:
        hookimpls = getattr(self._manager.hook, hook).get_hookimpls()
        return any(hookimpl.plugin_name == name for hookimpl in hookimpls)

    def _report(self, plugin: str, cause: str, remedy: str) -> None:
        self.problems.append(Problem(plugin=plugin, cause=squeeze(cause), remedy=remedy))

    def add_failed(self, name: str, error: BaseException, distribution: str) -> None:
        """Record a plugin that could not even be imported."""
        # Not "upgrade": on an index, the name of a private package may be somebody else's.
        remedy = (
            f"Mend it, or pass it over: --disable-plugin {name}; to remove it, type: "
            f"pip uninstall {distribution}"
        )
        self._report(name, f"{type(error).__name__}: {error}", remedy)

    def architectures(self) -> list[tuple[Architecture, Provider]]:
        """Every architecture with its provider, sorted by name."""
        return self._architectures.all()

    def module_name(self, provider: Provider) -> str | None:
        """The name to import a plugin by, or None for an object that cannot be imported."""
        plugin = self._manager.get_plugin(provider.plugin)
        if not isinstance(plugin, ModuleType) or plugin.__spec__ is None:
            return None
        return plugin.__name__

    def source_file(self, provider: Provider) -> Path | None:
        """The file of a plugin's module, or None where it has none."""
        file = getattr(self._manager.get_plugin(provider.plugin), "__file__", None)
        return Path(file) if file and Path(file).is_file() else None

    def architecture(self, name: str) -> Architecture:
        """The architecture of that name.

        Raises:
            UnknownNameError: no plugin supplies it; problems of plugins are named too.
        """
        architecture = self._architectures.get(name)
        if architecture is None:
            known = [spec.name for spec, _ in self.architectures()]
            raise UnknownNameError("architecture", name, known, hint=self.hint())
        return architecture

    def tasks(self) -> list[tuple[TaskSpec, Provider]]:
        """Every task that a plugin supplies, with its provider, sorted by name."""
        return [(replace(t, provider=p.distribution), p) for t, p in self._tasks.all()]

    def pair_sources(self) -> list[tuple[PairSource, Provider]]:
        """Every pair source that a plugin supplies, with its provider, sorted by name."""
        return self._pairs.all()

    def pair_strategies(self) -> list[tuple[PairStrategy, Provider]]:
        """Every way from documents to pairs with its provider, ours first, then by name."""
        return _ours_first(self._strategies.all())

    def paraphrasers(self) -> list[Provider]:
        """The plugins that say sentences in other words, the one that is asked first at the top."""
        hookimpls = self._manager.hook.cardiobench_paraphrase.get_hookimpls()
        return [self._providers[impl.plugin_name] for impl in reversed(hookimpls)]

    def paraphrase(self, texts: Sequence[str]) -> Sequence[str | None] | None:
        """What the first plugin with an answer makes of these texts, or None."""
        answer: Sequence[str | None] | None = self._manager.hook.cardiobench_paraphrase(texts=texts)
        return answer

    def recipes(self) -> list[tuple[RecipeSource, Provider]]:
        """Every recipe with its provider, ours first, then by name."""
        return _ours_first(self._recipes.all())

    def executors(self) -> list[tuple[ExecutorSource, Provider]]:
        """Every executor with its provider, ours first, then by name."""
        return _ours_first(self._executors.all())

    def builds_encoders(self, provider: Provider) -> bool:
        """Whether a plugin loads models itself, by ``cardiobench_build_encoder``."""
        return self._has_hook("cardiobench_build_encoder", provider.plugin)

    def takes_location(self, provider: Provider) -> bool | None:
        """Whether a plugin's ``cardiobench_build_encoder`` takes a folder; None without one."""
        for hookimpl in self._manager.hook.cardiobench_build_encoder.get_hookimpls():
            if hookimpl.plugin_name == provider.plugin:
                return "location" in hookimpl.argnames
        return None

    def build_encoder_of(self, architecture: Architecture) -> "SentenceTransformer | None":
        """What a plugin builds on a CPU without a folder, or None."""
        return self.build_encoder(architecture, device="cpu", trust_remote_code=False)

    def builds(self, architecture: Architecture) -> bool:
        """Whether the plugin that supplies an architecture loads models itself."""
        named = self._architectures.all()
        return any(
            spec.checkpoint == architecture.checkpoint and self.builds_encoders(provider)
            for spec, provider in named
        )

    def hint(self) -> str:
        """Why something may be missing: plugins with problems, and disabled ones."""
        notices = [str(problem) for problem in self.problems]
        if self.disabled:
            notices.append(f"Disabled: {', '.join(p.plugin for p in self.disabled)}.")
        return " ".join(notices)

    def build_encoder(
        self,
        architecture: Architecture,
        *,
        device: str | None,
        trust_remote_code: bool,
        location: str | None = None,
    ) -> "SentenceTransformer | None":
        """What the first plugin with an answer loads for this architecture, or None."""
        answer: SentenceTransformer | None = self._manager.hook.cardiobench_build_encoder(
            architecture=architecture,
            device=device,
            trust_remote_code=trust_remote_code,
            location=location,
        )
        return answer

    def encoder(self, name: str, device: str | None) -> Any:
        """What the first plugin with an answer gives for a model's name, or None.

        See ``cardiobench_encoder`` in :mod:`cardiobench.plugins.hookspecs`.
        """
        return self._manager.hook.cardiobench_encoder(name=name, device=device)


def _ours_first(supplied: list[tuple[_T, Provider]]) -> list[tuple[_T, Provider]]:
    return sorted(supplied, key=lambda pair: not pair[1].is_built_in)


def load_plugins() -> Plugins:
    """The installed plugins: built-in ones, then third-party ones; found once a process.

    Raises:
        UnknownNameError: a plugin that is to be disabled is not installed.
    """
    return _discovered()


@functools.cache
def _discovered() -> Plugins:
    """Every plugin, each in its own try."""
    plugins = Plugins()
    disabled = disabled_names()
    for provider, entry in installed_plugins():
        if provider.plugin in disabled:
            plugins.disabled.append(provider)
            continue
        try:
            with plugin_code(provider.plugin, provider.distribution):
                module = entry.load()
        except BaseException as error:
            if is_interrupt(error):
                raise
            plugins.add_failed(provider.plugin, error, provider.distribution)
        else:
            plugins.add(provider.plugin, module, provider.distribution, provider.version)
    return plugins
