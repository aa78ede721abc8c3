"""Each model of a run in a process of its own: one that hangs or runs out of memory dies alone."""

import subprocess
import sys
from collections.abc import Callable, Iterable

import click

_PROGRAM = "from cardiobench.cli.main import main; main()"
# A child has one model and leaves the rest to its parent.
_OURS = ("models", "timeout", "baselines")


def run_children(
    context: click.Context,
    names: Iterable[str],
    timeout_min: float | None,
    say: Callable[[str], None],
) -> dict[str, str]:
    """Run the same command for each model by itself; standard error passes through.

    Args:
        context: the command with its options.
        names: the models.
        timeout_min: minutes until a child is killed, or None.
        say: told of each failure as it happens.

    Returns:
        What failed: model to what became of it.
    """
    failures: dict[str, str] = {}
    options = [*_arguments(context), "--no-baselines"]
    for name in names:
        command = [sys.executable, "-c", _PROGRAM, "run", "--model", name, *options]
        said = _outcome(command, timeout_min)
        if said:
            failures[name] = said
            say(f"Failed: {name} {said}")
    return failures


def _outcome(command: list[str], timeout_min: float | None) -> str:
    """What became of a child, or ``""`` if it ended well."""
    seconds = timeout_min * 60 if timeout_min else None
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"was stopped after {timeout_min:g} minutes; what it did before is kept."
    if done.returncode < 0:
        return f"was killed by signal {-done.returncode}; what it did before is kept."
    return f"ended with exit code {done.returncode}." if done.returncode else ""


def _arguments(context: click.Context) -> list[str]:
    """The command's options as they would be typed, but for those that are the parent's own."""
    typed: list[str] = []
    for option in context.command.params:
        value = context.params.get(str(option.name))
        if not isinstance(option, click.Option) or option.name in _OURS or value is None:
            continue
        if option.is_flag:
            names = option.opts if value else option.secondary_opts
            typed += names[:1]
        else:
            for one in value if option.multiple else [value]:
                typed += [option.opts[0], str(one)]
    return typed
