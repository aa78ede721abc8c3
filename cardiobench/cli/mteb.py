"""``cardiobench mteb``: mteb's own command line, with our tasks, suites and models registered."""

from pathlib import Path

import click

from cardiobench.cli.options.output import DEFAULT_OUTPUT


@click.command(
    name="mteb",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run mteb's command line; every argument is passed on.

    Adapted models of ./cardiobench-runs and of the published board are known by name.
    """
    from cardiobench.evaluation.mteb_bridge import command_line, register

    register([Path(DEFAULT_OUTPUT)])
    with command_line(list(arguments)) as mteb_main:
        mteb_main()
