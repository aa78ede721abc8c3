"""The ``cardiobench`` command: finds subcommands lazily and turns errors into one line."""

import importlib
import sys
from typing import Any

import click

from cardiobench.errors import CardioBenchError, UnknownNameError

# Command name to the module that holds it as ``command``, and the line that --help shows.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("cardiobench.cli.run", "Train, evaluate and time models; write the board."),
    "sweep": ("cardiobench.cli.sweep", "Run a grid over recipe fields, models and seeds."),
    "status": ("cardiobench.cli.status", "Show the jobs of a run: done, running, failed, left."),
    "job": ("cardiobench.cli.job", "Do one job; what executors type."),
    "speed": ("cardiobench.cli.speed", "Time architectures at full size with random weights."),
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
def cli(disabled: tuple[str, ...]) -> None:
    """Evaluate cardiology text embeddings: tasks, LoRA adaptation, speed, leaderboard."""
    if disabled:
        from cardiobench.plugins.registry import disable

        disable(disabled)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit 0 when done, 2 for a user's mistake, 1 for a failed stage."""
    try:
        code: Any = cli.main(arguments, prog_name="cardiobench", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except CardioBenchError as error:
        sys.stderr.write(f"Error: {error}\n")
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("Stopped. Type the same command to go on from here.\n")
        code = 130
    sys.exit(code if isinstance(code, int) else 0)
