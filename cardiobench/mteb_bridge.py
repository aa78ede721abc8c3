"""Making our tasks known to mteb: the only module that touches mteb's private names."""

import importlib
import warnings
from typing import Any

from cardiobench.errors import CardioBenchError
from cardiobench.known_tasks import known_tasks, load_task


def register_tasks() -> None:
    """Register every task, those of plugins too, for ``mteb.get_task`` and its other look-ups.

    A plugin's task that cannot be loaded, or has the name of one of mteb's own, is passed over with
    a warning. Calling it again does nothing more.

    Raises:
        CardioBenchError: this mteb keeps its tasks elsewhere.
    """
    # The attribute of the same name is a function that hides the module.
    module: Any = importlib.import_module("mteb.get_tasks")
    try:
        registry, task_list = module._TASKS_REGISTRY, module.TASK_LIST
    except AttributeError as error:
        raise CardioBenchError(
            f"This mteb has no {error.name} in mteb.get_tasks, so tasks cannot be registered. "
            "Type: pip install 'mteb>=2.26,<2.27'"
        ) from error
    for spec in known_tasks().values():
        try:
            found = type(load_task(spec))
            if registry.get(spec.name, found) is not found:
                raise CardioBenchError(f"mteb has a task named {spec.name} of its own.")
        except CardioBenchError as error:
            if not spec.from_plugin:
                raise
            warnings.warn(f"Not registered with mteb: {error}", stacklevel=2)
            continue
        if spec.name not in registry:
            registry[spec.name] = found
            task_list = (*task_list, found)
    module.TASK_LIST = task_list
