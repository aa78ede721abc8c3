"""Where jobs run: our executors, and choosing one by name."""

from cardiobench.errors import UnknownNameError
from cardiobench.plugins.executor import Executor, ExecutorOptions

EXECUTORS = ("local", "ray")


def build_executor(name: str, options: ExecutorOptions) -> Executor:
    """The executor of that name, ours or a plugin's.

    Raises:
        UnknownNameError: there is none of that name.
        CardioBenchError: what it needs is missing; says what to do.
    """
    from cardiobench.plugins.registry import load_plugins

    if name == "local":
        from cardiobench.runs.executors.local import LocalExecutor

        return LocalExecutor(options)
    if name == "ray":
        from cardiobench.runs.executors.ray import RayExecutor

        return RayExecutor(options)
    plugins = load_plugins()
    supplied = {source.name: source for source, _ in plugins.executors()}
    if name not in supplied:
        raise UnknownNameError("executor", name, [*EXECUTORS, *supplied], hint=plugins.hint())
    return supplied[name].build(options)
