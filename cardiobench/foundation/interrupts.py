"""Signals that end a command, told apart from what plugins and libraries raise by themselves."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

# SIGHUP is not there on Windows.
ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in dir(signal)
)


class Interrupted(KeyboardInterrupt):
    """A signal asked this process to end."""


class _Handler:
    """Remembers the first signal: what it raises may be swallowed, or come out as another error."""

    def __init__(self) -> None:
        self.received: int | None = None
        self._process = os.getpid()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            # A forked child ends as it would without us.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        self.received = self.received or number
        raise Interrupted(f"signal {number}")


@contextlib.contextmanager
def catching(*numbers: int) -> Iterator[None]:
    """Have these signals raise :class:`Interrupted` while the block runs.

    Signals that are ignored (``nohup``) or have a handler already are left as they are, and so is
    everything outside the main thread.
    """
    default = (signal.SIG_DFL, signal.default_int_handler)
    own = [n for n in numbers if signal.getsignal(n) in default]
    if threading.current_thread() is not threading.main_thread() or not own:
        yield
        return
    handler = _Handler()
    before = {number: signal.signal(number, handler) for number in own}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def received() -> int | None:
    """The signal that asked this process to end, or None."""
    handlers = (signal.getsignal(number) for number in ENDING)
    numbers = (handler.received for handler in handlers if isinstance(handler, _Handler))
    return next((number for number in numbers if number), None)


def is_interrupt(error: BaseException) -> bool:
    """Whether an error comes of the user's signal, whatever a library made of it."""
    if received():
        return True
    caught = any(isinstance(signal.getsignal(number), _Handler) for number in ENDING)
    return isinstance(error, KeyboardInterrupt) and not caught


def stop_if_received() -> None:
    """Raise :class:`Interrupted` again if a signal came and what it raised was swallowed."""
    number = received()
    if number:
        raise Interrupted(f"signal {number}")
