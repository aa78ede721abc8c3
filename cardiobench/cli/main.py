"""The ``cardiobench`` command: finds subcommands lazily and turns errors into one line."""

import errno
import importlib
import os
import signal
import sys
from typing import Any

import click

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.foundation.files import give_mteb_a_cache
from cardiobench.foundation.interrupts import ENDING, catching, received
from cardiobench.foundation.streams import unfailing_streams
from cardiobench.foundation.text import squeeze
from cardiobench.foundation.tracebacks import DEBUG_VARIABLE, is_debugging, traceback_of
from cardiobench.foundation.write_errors import is_write_error, write_failure

OUR_FAULT = 70
# What these leave is on disk; of the others, what they print is all there is.
LEAVING = ("run", "sweep", "job", "speed")

# Command name to the module that holds it as ``command``, and the line that --help shows.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("cardiobench.cli.run", "Train, evaluate and time models; write the board."),
    "sweep": ("cardiobench.cli.sweep", "Run a grid over recipe fields, models and seeds."),
    "validate": ("cardiobench.cli.validate", "Score shares of a trained update, no task seen."),
    "status": ("cardiobench.cli.status", "Show the jobs of a run: done, running, failed, left."),
    "job": ("cardiobench.cli.job", "Do one job; what executors type."),
    "speed": ("cardiobench.cli.speed", "Time models without evaluating them."),
    "errors": ("cardiobench.cli.errors", "Show the items that a model gets wrong."),
    "compare": ("cardiobench.cli.compare", "Compare two models, and the items that differ."),
    "plugins": ("cardiobench.cli.plugins", "List architectures and the plugins they come from."),
    "new-plugin": ("cardiobench.cli.new_plugin", "Write a package that adds a model."),
    "check-plugin": ("cardiobench.cli.check_plugin", "Check plugins against the rules."),
    "recipes": ("cardiobench.cli.recipes", "List the recipes and what they train."),
    "tasks": ("cardiobench.cli.tasks", "List the tasks."),
    "audit": ("cardiobench.cli.audit", "Try shortcuts on tasks: floors, and claims held to."),
    "pairs": ("cardiobench.cli.pairs", "Build, inspect and export training pairs."),
    "data": ("cardiobench.cli.data", "Show, export and describe the tasks' data."),
    "mteb": ("cardiobench.cli.mteb", "Run mteb's command line with our tasks and models."),
    "export": ("cardiobench.cli.export", "Write results in other projects' layouts."),
    "import": ("cardiobench.cli.import_results", "Make entries of results from elsewhere."),
    "submit": ("cardiobench.cli.submit", "Pack, verify and withdraw results."),
    "push": ("cardiobench.cli.push", "Publish an adapter on the Hugging Face Hub."),
    "leaderboard": ("cardiobench.cli.leaderboard", "Build, check or show a board."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of :data:`COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command's module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Add "did you mean" to an unknown command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise UnknownNameError("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(package_name="cardiobench", prog_name="cardiobench")
@click.option(
    "--disable-plugin",
    "disabled",
    multiple=True,
    metavar="NAME",
    help="Pass over a plugin (see `cardiobench plugins`); repeat for more.",
)
@click.option("--debug", is_flag=True, help=f"Show tracebacks of errors; {DEBUG_VARIABLE}=1 too.")
def cli(disabled: tuple[str, ...], debug: bool) -> None:
    """Evaluate cardiology text embeddings: tasks, LoRA adaptation, speed, leaderboard."""
    give_mteb_a_cache()
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"  # for jobs in processes of their own too
    if disabled:
        from cardiobench.plugins.installed import disable

        disable(disabled)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Exit code 0 when done, 1 for a failed stage, 2 for a user's mistake, 70 for a fault of ours, and
    128 and the signal's number (130 for Ctrl-C) when stopped.
    """
    typed = sys.argv[1:] if arguments is None else arguments
    with unfailing_streams() as outputs, catching(*ENDING):
        code = _run(typed)
        sys.stdout.flush()
        lost = next((file.error for file in outputs if file.name == 1 and file.error), None)
        if lost is not None and lost.errno != errno.EPIPE:
            _tell(f"Warning: standard output cannot be written: {lost.strerror}.")
            command = next((word for word in typed if word in COMMANDS), "")
            code = code if command in LEAVING else code or 1
    sys.exit(code)


def _run(typed: list[str]) -> int:
    """Run one command line; gives its exit code."""
    try:
        _check_text(typed)
        code: Any = cli.main(typed, prog_name="cardiobench", standalone_mode=False)
    except BaseException as error:
        return _ended_by(error)
    if received():
        return _stopped()
    return code if isinstance(code, int) else 0


def _check_text(typed: list[str]) -> None:
    """Refuse bytes that are no text: they could be recorded and shown nowhere."""
    for word in typed:
        try:
            word.encode()
        except UnicodeEncodeError as error:
            name = ascii(os.fsencode(word))[1:]
            raise CardioBenchError(
                f"The argument {name} is not UTF-8 text. Give the file another name."
            ) from error


def _ended_by(error: BaseException) -> int:
    """Say in one line why a command ended; gives its exit code."""
    if received() or isinstance(error, click.Abort | KeyboardInterrupt):
        return _stopped()
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        return error.code or 0
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    error = _as_users(error)
    if isinstance(error, CardioBenchError):
        _tell(f"Error: {error}", error)
        return error.exit_code
    fault = squeeze(f"{type(error).__name__}: {error}")
    how = "" if is_debugging() else " To see where, type: cardiobench --debug COMMAND ..."
    _tell(f"Error: this is a fault of CardioBench, please report it: {fault}.{how}", error)
    return OUR_FAULT


def _as_users(error: BaseException) -> BaseException:
    """A disk, a limit or a permission in the way as an error that the user can act on."""
    ours: CardioBenchError | None = None
    if isinstance(error, OSError) and is_write_error(error):
        ours = write_failure(error)
    elif isinstance(error, PermissionError | IsADirectoryError | NotADirectoryError):
        ours = CardioBenchError(f"Cannot use {error.filename or 'a file'}: {error.strerror}.")
    if ours is None:
        return error
    ours.__cause__ = error
    return ours


def _tell(line: str, error: BaseException | None = None) -> None:
    traceback = traceback_of(error) if error is not None else ""
    sys.stderr.write(f"{line}\n" + (f"{traceback}\n" if traceback else ""))


def _stopped() -> int:
    _tell("Stopped. Type the same command to go on from here.")
    return 128 + (received() or signal.SIGINT)
