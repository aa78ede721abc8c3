"""Which plugins are installed, and which of them are to be passed over; nothing is imported."""

import importlib
import os
import pkgutil
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cardiobench.errors import UnknownNameError
from cardiobench.foundation.machine import own_version
from cardiobench.plugins.checks import Provider

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

BUILT_IN_PACKAGE = "cardiobench_plugins"
ENTRY_POINT_GROUP = "cardiobench"
DISABLE_VARIABLE = "CARDIOBENCH_DISABLE_PLUGINS"
_NAMED_BY = f"It is named by --disable-plugin or {DISABLE_VARIABLE}."


def installed_plugins() -> Iterator[tuple[Provider, "EntryPoint"]]:
    """Every plugin that is installed, ours first, and how to load it; nothing is imported."""
    from importlib.metadata import EntryPoint, entry_points  # slow; not for --help

    package, version = importlib.import_module(BUILT_IN_PACKAGE), own_version()
    for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        provider = Provider(plugin=name, distribution="cardiobench", version=version)
        target = f"{BUILT_IN_PACKAGE}.{name}"
        yield provider, EntryPoint(name, target, ENTRY_POINT_GROUP)
    entries = entry_points(group=ENTRY_POINT_GROUP)
    for entry in sorted(entries, key=lambda entry: entry.name):
        distribution, version = (entry.dist.name, entry.dist.version) if entry.dist else ("?", "")
        yield Provider(plugin=entry.name, distribution=distribution, version=version), entry


def disabled_names() -> frozenset[str]:
    """The plugins that ``CARDIOBENCH_DISABLE_PLUGINS`` names, with commas between.

    Raises:
        UnknownNameError: no plugin of that name is installed.
    """
    names = {part.strip() for part in os.environ.get(DISABLE_VARIABLE, "").split(",")} - {""}
    if names:
        installed = {provider.plugin for provider, _ in installed_plugins()}
        for name in sorted(names - installed):
            raise UnknownNameError("plugin", name, installed, hint=_NAMED_BY)
    return frozenset(names)


def disable(names: Iterable[str]) -> None:
    """Pass over these plugins from now on, here and in child processes.

    Raises:
        UnknownNameError: no plugin of that name is installed.
    """
    before = os.environ.get(DISABLE_VARIABLE, "")
    os.environ[DISABLE_VARIABLE] = ",".join(filter(None, [before, *names]))
    disabled_names()
