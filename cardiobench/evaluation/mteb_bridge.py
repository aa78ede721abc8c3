"""Making tasks, suites and models known to mteb: the only module that touches its private names."""

import importlib
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError
from cardiobench.evaluation.mteb_models import base_models, entry_models
from cardiobench.plugins.tasks import known_tasks, load_task
from cardiobench.results.entry import published_folder
from cardiobench_tasks.benchmark import cardio_benchmark

if TYPE_CHECKING:
    from mteb.models.model_meta import ModelMeta

# mteb has no public way to register: these names of its modules are relied on, and bind us to the
# version that `pyproject.toml` names.
MTEB_NAMES: dict[str, tuple[str, ...]] = {
    "mteb.get_tasks": ("_TASKS_REGISTRY", "TASK_LIST"),
    "mteb.benchmarks.benchmarks": (),
    "mteb.benchmarks.get_benchmark": ("_build_registry", "_build_aliases_registry"),
    "mteb.models.model_implementations": ("MODEL_REGISTRY",),
    "mteb.cli.build_cli": ("main",),
}
MTEB_BOUND = "mteb>=2.26,<2.27"


def _private(module: str) -> Any:
    """A module of mteb, checked to have the names of :data:`MTEB_NAMES`.

    Raises:
        CardioBenchError: this mteb keeps them elsewhere; names the one that moved.
    """
    try:
        # The attribute of the same name may be a function that hides the module.
        loaded: Any = importlib.import_module(module)
    except ImportError as error:
        raise _moved(module) from error
    for name in MTEB_NAMES[module]:
        if not hasattr(loaded, name):
            raise _moved(f"{module}.{name}")
    return loaded


def _moved(name: str) -> CardioBenchError:
    return CardioBenchError(
        f"This mteb has no {name}, so CardioBench cannot register with it. "
        f"Type: pip install '{MTEB_BOUND}'"
    )


def register(folders: Iterable[Path] = ()) -> None:
    """Make tasks, suites, architectures and adapted models known to mteb, by name.

    Models come before everything that mteb caches, since its tables drop models that it did not
    know when it built them. Calling it again does nothing more.

    Args:
        folders: run or leaderboard folders whose adapted models become known, beside the
            published ones.

    Raises:
        CardioBenchError: this mteb keeps what we rely on elsewhere.
    """
    register_models(folders)
    register_tasks()
    register_benchmarks()


def register_tasks() -> None:
    """Register every task, those of plugins too, for ``mteb.get_task`` and its other look-ups.

    A plugin's task that cannot be loaded, or has the name of one of mteb's own, is passed over with
    a warning.

    Raises:
        CardioBenchError: this mteb keeps its tasks elsewhere.
    """
    module = _private("mteb.get_tasks")
    registry, task_list = module._TASKS_REGISTRY, module.TASK_LIST
    for spec in known_tasks().values():
        try:
            task_class = type(load_task(spec))
            if registry.get(spec.name, task_class) is not task_class:
                raise CardioBenchError(f"mteb has a task named {spec.name} of its own.")
        except CardioBenchError as error:
            if not spec.from_plugin:
                raise
            warnings.warn(f"Not registered with mteb: {error}", stacklevel=2)
            continue
        if spec.name not in registry:
            registry[spec.name] = task_class
            task_list = (*task_list, task_class)
    module.TASK_LIST = task_list


def register_benchmarks() -> None:
    """Register ``Cardio(eng, v1)`` and its hard suite for ``mteb.get_benchmark``.

    Raises:
        CardioBenchError: this mteb keeps its benchmarks elsewhere.
    """

    module = _private("mteb.benchmarks.benchmarks")
    look_up = _private("mteb.benchmarks.get_benchmark")
    for name, hard in (("CARDIO_ENG_V1", False), ("CARDIO_ENG_V1_HARD", True)):
        if not hasattr(module, name):
            setattr(module, name, cardio_benchmark(hard=hard))
    for cache in MTEB_NAMES[look_up.__name__]:
        getattr(look_up, cache).cache_clear()


def register_models(folders: Iterable[Path] = ()) -> None:
    """Register architectures, and what has entries on disk, for ``mteb.get_model``.

    A checkpoint that mteb knows keeps mteb's own loader, unless its weights are at hand in a pip
    package: then they are loaded from there, without the hub.

    Args:
        folders: where further entries lie, beside the published ones.

    Raises:
        CardioBenchError: this mteb keeps its models elsewhere.
    """

    module = _private("mteb.models.model_implementations")
    registry: dict[str, ModelMeta] = module.MODEL_REGISTRY
    for meta, replaces in base_models():
        if replaces or meta.name not in registry:
            registry[str(meta.name)] = meta
    published = published_folder()
    for folder in (*folders, *([published] if published else [])):
        for meta in entry_models(folder):
            registry.setdefault(str(meta.name), meta)


@contextmanager
def command_line(arguments: list[str]) -> Iterator[Any]:
    """mteb's own ``main`` with these arguments in place of ours.

    Raises:
        CardioBenchError: this mteb keeps its command line elsewhere.
    """
    import sys

    module = _private("mteb.cli.build_cli")
    before, sys.argv = sys.argv, ["cardiobench mteb", *arguments]
    try:
        yield module.main
    finally:
        sys.argv = before
