"""Where jobs run: our executors, as a plugin supplies its own, and choosing one by name."""

from cardiobench.errors import UnknownNameError
from cardiobench.plugins.executor import Executor, ExecutorOptions, ExecutorSource
from cardiobench.plugins.hookspecs import hookimpl
from cardiobench.plugins.registry import load_plugins


@hookimpl
def cardiobench_executors() -> list[ExecutorSource]:
    """Our executors; Ray is imported only when it is chosen."""
    return [
        ExecutorSource(name="local", build=_local),
        ExecutorSource(name="ray", build=_ray),
    ]


def _local(options: ExecutorOptions) -> Executor:
    from cardiobench.runs.executors.local import LocalExecutor

    return LocalExecutor(options)


def _ray(options: ExecutorOptions) -> Executor:
    from cardiobench.runs.executors.ray import RayExecutor

    return RayExecutor(options)


def build_executor(options: ExecutorOptions) -> Executor:
    """The executor that was asked for, ours or a plugin's.

    Raises:
        UnknownNameError: there is none of that name.
        CardioBenchError: what it needs is missing; says what to do.
    """
    plugins = load_plugins()
    supplied = {source.name: source for source, _ in plugins.executors()}
    if options.executor not in supplied:
        raise UnknownNameError("executor", options.executor, supplied, hint=plugins.hint())
    return supplied[options.executor].build(options)
