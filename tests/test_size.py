"""No module over 300 lines and no function over 50, docstrings counted."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("cardiobench", "plugins", "tasks")
MODULE_LINES, FUNCTION_LINES = 300, 50
# What may be longer, with the reason.
ALLOWED: dict[str, str] = {}


def _sources(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_modules_are_short() -> None:
    """A longer one holds two nouns."""
    lines = {path: len(text.splitlines()) for path, text in _sources(*PRODUCT)}
    too_long = {path: n for path, n in lines.items() if n > MODULE_LINES and path not in ALLOWED}
    assert not too_long


def test_functions_are_short() -> None:
    """In tests and benchmarks too."""
    lines = {
        f"{path}: {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, text in _sources(*PRODUCT, "benchmarks", "tests")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    too_long = {name: n for name, n in lines.items() if n > FUNCTION_LINES and name not in ALLOWED}
    assert not too_long
