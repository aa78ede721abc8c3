"""How the modules hold together: no circles, nothing hidden in functions, few loads by name.

`lint-imports` checks the rooms' order (pyproject.toml); what it cannot see is checked here.
"""

import ast
import fnmatch
import graphlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "cardiobench": ROOT,
    "cardiobench_tasks": ROOT / "tasks",
    "cardiobench_plugins": ROOT / "plugins",
}
# Imported when they are chosen, since they load what only they need.
CHOSEN = {
    "cardiobench.runs.executors.local",
    "cardiobench.runs.executors.ray",
    "cardiobench_plugins.endpoint.model",
}


def _files() -> dict[str, Path]:
    files = {}
    for package, base in PACKAGES.items():
        for path in sorted((base / package).rglob("*.py")):
            name = ".".join(path.relative_to(base).with_suffix("").parts)
            files[name.removesuffix(".__init__")] = path
    return files


FILES = _files()


def _imports(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """Every module of ours that is imported below a node, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                module = whole if whole in FILES else node.module
                if module in FILES:
                    yield module, node
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in FILES:
                    yield alias.name, node


def _heavy(module: str) -> bool:
    """Whether the module may import torch and its like at its top: ruff's TID253 passes it over."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ignores: dict[str, list[str]] = settings["tool"]["ruff"]["lint"]["per-file-ignores"]
    path = str(FILES[module].relative_to(ROOT))
    return any(
        fnmatch.fnmatch(path, plain)
        for pattern, codes in ignores.items()
        if "TID253" in codes
        for plain in _without_braces(pattern)
    )


def _without_braces(pattern: str) -> list[str]:
    head, brace, rest = pattern.partition("{")
    if not brace:
        return [pattern]
    choices, _, tail = rest.partition("}")
    return [f"{head}{choice}{tail}" for choice in choices.split(",")]


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions and for type checkers count: a circle is a circle."""
    graph = {
        name: {module for module, _ in _imports(ast.parse(path.read_text(encoding="utf-8")))}
        - {name}
        for name, path in FILES.items()
    }
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert len(order) == len(FILES) > 200


@pytest.mark.parametrize("name", [n for n in FILES if not n.startswith("cardiobench.cli")])
def test_no_import_of_a_light_module_hides_in_a_function(name: str) -> None:
    """Such an import saves no time and hides an edge; only what loads heavy libraries may wait."""
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    hidden = {
        f"{module} (line {node.lineno})"
        for function in functions
        for module, node in _imports(function)
        if not _heavy(module) and module not in CHOSEN
    }
    assert not hidden, f"import these at the top of {name}: {sorted(hidden)}"


def test_few_modules_are_loaded_by_name() -> None:
    """Commands, the public functions, plugins, task classes and model classes."""
    by_name = {name for name, path in FILES.items() if "import_module(" in path.read_text("utf-8")}
    assert by_name == {
        "cardiobench",
        "cardiobench.cli.main",
        "cardiobench.evaluation.mteb_bridge",
        "cardiobench.models.checkpoint",
        "cardiobench.models.custom_class",
        "cardiobench.plugins.installed",
        "cardiobench.plugins.registry",
        "cardiobench.testing.specification",
        "cardiobench_tasks.task_spec",
    }
