"""Tracebacks of errors that are told in one line: shown on request."""

import os
import sys
import traceback

DEBUG_VARIABLE = "CARDIOBENCH_DEBUG"
_TOLD = "_cardiobench_told"


def is_debugging() -> bool:
    """Whether ``--debug`` was given, here or to the run that started this process."""
    return os.environ.get(DEBUG_VARIABLE, "0") not in ("", "0")


def traceback_of(error: BaseException) -> str:
    """The error's traceback with those of its causes, once an error; ``""`` without ``--debug``."""
    if not is_debugging() or getattr(error, _TOLD, False):
        return ""
    setattr(error, _TOLD, True)
    return "".join(traceback.format_exception(error)).rstrip("\n")


def show(error: BaseException) -> None:
    """Print the traceback of an error that goes no further, if ``--debug`` was given."""
    text = traceback_of(error)
    if text:
        sys.stderr.write(f"{text}\n")
