"""Running a plugin's own code so that what it raises, prints or never ends harms nothing else."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

from cardiobench.foundation.interrupts import catching
from cardiobench.foundation.tracebacks import show

PATIENCE_S = 5.0
BUILT_IN = "cardiobench"
_EXIT = "_exit"


@contextlib.contextmanager
def plugin_code(name: str, distribution: str) -> Iterator[None]:
    """Run code of a plugin: its prints go to standard error, and ``os._exit`` raises.

    After a few seconds the plugin is named, with how to go on without it. Errors pass through; the
    caller asks :func:`cardiobench.foundation.interrupts.is_interrupt` which are the user's own
    Ctrl-C. A plugin that ends the process from C code is not stopped.

    Args:
        name: the plugin's name, as ``--disable-plugin`` takes it.
        distribution: what it came with; our own code runs as it is.

    Raises:
        SystemExit: the plugin called ``os._exit``.
    """
    if distribution == BUILT_IN:
        yield
        return
    slow = threading.Timer(PATIENCE_S, _tell, (name, distribution))
    slow.daemon = True
    slow.start()
    try:
        with catching(signal.SIGINT), _prints_to_stderr(), _without_exit():
            yield
    except BaseException as error:
        show(error)
        raise
    finally:
        slow.cancel()


def _tell(name: str, distribution: str) -> None:
    sys.stderr.write(
        f"Still waiting for the plugin {name} of {distribution}. To do without it, stop and type: "
        f"cardiobench --disable-plugin {name} ...\n"
    )
    sys.stderr.flush()


@contextlib.contextmanager
def _prints_to_stderr() -> Iterator[None]:
    """Standard output may be JSON: what is printed goes elsewhere, by child processes too."""
    with contextlib.redirect_stdout(sys.stderr):
        _flush()
        try:
            output = os.dup(1)
            os.dup2(2, 1)
        except OSError:  # closed by whoever started us
            yield
            return
        try:
            yield
        finally:
            _flush()
            os.dup2(output, 1)
            os.close(output)


def _flush() -> None:
    if sys.__stdout__ is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.__stdout__.flush()


@contextlib.contextmanager
def _without_exit() -> Iterator[None]:
    """Have ``os._exit`` raise in this process, where it would end the command without a word."""
    leave: Callable[[int], None] = os._exit
    process = os.getpid()

    def refuse(status: int = 0) -> None:
        if os.getpid() != process:
            leave(status)
        raise SystemExit(f"it called os._exit({status})")

    # The module below ``os`` has the function too.
    modules = (os, sys.modules[os.name])
    for module in modules:
        setattr(module, _EXIT, refuse)
    try:
        yield
    finally:
        for module in modules:
            setattr(module, _EXIT, leave)
