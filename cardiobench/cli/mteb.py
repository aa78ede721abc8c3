"""``cardiobench mteb``: mteb's own command line, with our tasks, suites and models registered."""

from pathlib import Path

import click

from cardiobench.cli.options.output import DEFAULT_OUTPUT
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.interrupts import is_interrupt
from cardiobench.foundation.text import squeeze

_SHOWN = 400


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
        try:
            mteb_main()
        except Exception as error:
            if isinstance(error, CardioBenchError) or is_interrupt(error):
                raise
            why = squeeze(str(error))[:_SHOWN] or type(error).__name__
            raise CardioBenchError(
                f"mteb cannot do this: {why} Type: cardiobench mteb --help, or cardiobench --debug "
                "mteb ... to see where."
            ) from error
