"""Finding plugins, keeping broken ones from harming the rest, and asking them in plain types."""

import functools
import importlib
import importlib.metadata
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import pluggy

from cardiobench import hookspecs
from cardiobench.architecture import Architecture
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.text import squeeze

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUILT_IN_PACKAGE = "cardiobench_plugins"
ENTRY_POINT_GROUP = "cardiobench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A plugin that loaded: its registered name, and the distribution it came with."""

    plugin: str
    distribution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A plugin that could not be used: which, why, and what to do."""

    plugin: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"plugin {self.plugin}: {self.cause}. {self.remedy}"


class Plugins:
    """The loaded plugins as a typed facade over pluggy."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self.problems: list[Problem] = []
        self._providers: dict[str, Provider] = {}
        self._architectures: dict[str, tuple[Architecture, Provider]] = {}

    def add(self, name: str, module: object, distribution: str) -> None:
        """Register one plugin and take its architectures; a plugin that fails becomes a problem."""
        if name in self._providers:
            first = self._providers[name]
            self._report(
                name,
                f"the plugin name {name!r} of {distribution} is already taken by "
                f"{first.distribution}",
                "Rename the entry point of one of the two.",
            )
            return
        try:
            self._manager.register(module, name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._manager.has_plugin(name) and self._manager.get_plugin(name) is module:
                self._manager.unregister(name=name)
            self._report(
                name, str(error), "Hook names and arguments are in cardiobench/hookspecs.py."
            )
            return
        provider = Provider(plugin=name, distribution=distribution)
        hook = self._manager.subset_hook_caller(
            "cardiobench_architectures",
            [p for n, p in self._manager.list_name_plugin() if n != name],
        )
        try:
            answers = hook()
            if not answers and self._supplies(name):
                answers = [None]  # pluggy leaves None out: the return was forgotten
            supplied = [spec for answer in answers for spec in _as_specs(answer)]
        except (Exception, SystemExit) as error:
            self._report(
                name, f"{type(error).__name__}: {error}", "Mend the plugin or uninstall it."
            )
            self._manager.unregister(name=name)
            return
        self._providers[name] = provider
        for spec in supplied:
            self._take(spec, provider)

    def _supplies(self, name: str) -> bool:
        """Whether the plugin of that name has the hook for architectures at all."""
        hookimpls = self._manager.hook.cardiobench_architectures.get_hookimpls()
        return any(hookimpl.plugin_name == name for hookimpl in hookimpls)

    def _take(self, spec: Architecture, provider: Provider) -> None:
        if spec.name in self._architectures:
            first = self._architectures[spec.name][1]
            self._report(
                provider.plugin,
                f"architecture {spec.name!r} is already supplied by plugin {first.plugin} "
                f"({first.distribution}); the one of {provider.plugin} ({provider.distribution}) "
                "is refused",
                "Rename one of the two.",
            )
            return
        self._architectures[spec.name] = (spec, provider)

    def _report(self, plugin: str, cause: str, remedy: str) -> None:
        self.problems.append(Problem(plugin=plugin, cause=squeeze(cause), remedy=remedy))

    def add_failed(self, name: str, error: BaseException, distribution: str) -> None:
        """Record a plugin that could not even be imported."""
        remedy = f"Type: pip install --upgrade {distribution}, or uninstall it."
        self._report(name, f"{type(error).__name__}: {error}", remedy)

    def architectures(self) -> list[tuple[Architecture, Provider]]:
        """Every architecture with its provider, sorted by name."""
        return [self._architectures[name] for name in sorted(self._architectures)]

    def module_name(self, provider: Provider) -> str | None:
        """The name to import a plugin by, or None for an object that cannot be imported."""
        plugin = self._manager.get_plugin(provider.plugin)
        if not isinstance(plugin, ModuleType) or plugin.__spec__ is None:
            return None
        return plugin.__name__

    def architecture(self, name: str) -> Architecture:
        """The architecture of that name.

        Raises:
            UnknownNameError: no plugin supplies it; problems of plugins are named too.
        """
        if name not in self._architectures:
            hint = " ".join(str(problem) for problem in self.problems)
            raise UnknownNameError("architecture", name, self._architectures, hint=hint)
        return self._architectures[name][0]

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


def _as_specs(answer: object) -> Iterator[Architecture]:
    items = [answer] if isinstance(answer, Architecture) else answer
    if not isinstance(items, Iterable):
        raise CardioBenchError(f"cardiobench_architectures returned {type(answer).__name__}")
    for item in items:
        if not isinstance(item, Architecture):
            raise CardioBenchError(
                f"cardiobench_architectures returned a {type(item).__name__}, "
                "not a cardiobench.Architecture"
            )
        yield item


def _built_in_modules() -> Iterator[tuple[str, ModuleType | Exception]]:
    package = importlib.import_module(BUILT_IN_PACKAGE)
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        try:
            yield info.name, importlib.import_module(f"{BUILT_IN_PACKAGE}.{info.name}")
        except Exception as error:
            yield info.name, error


@functools.cache
def load_plugins() -> Plugins:
    """Discover built-in plugins, then third-party ones by entry point, each in its own try."""
    plugins = Plugins()
    for name, module in _built_in_modules():
        if isinstance(module, Exception):
            plugins.add_failed(name, module, "cardiobench")
        else:
            plugins.add(name, module, "cardiobench")
    for entry in sorted(
        importlib.metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name
    ):
        distribution = entry.dist.name if entry.dist else "unknown"
        try:
            module = entry.load()
        except (Exception, SystemExit) as error:
            plugins.add_failed(entry.name, error, distribution)
        else:
            plugins.add(entry.name, module, distribution)
    return plugins
