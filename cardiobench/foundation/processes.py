"""Several processes of one run, as ``torchrun`` and ``accelerate launch`` start them.

The first one does everything; the others wait until it trains, and then take their share of the
batches.
"""

import os
from datetime import timedelta
from typing import TypeVar

# The others wait while the first one evaluates.
PATIENCE = timedelta(days=7)

_T = TypeVar("_T")


def rank() -> int:
    """Number of this process; 0 is the first, and the only one of an ordinary run."""
    return int(os.environ.get("RANK", "0"))


def world_size() -> int:
    """How many processes the run has."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def own_device(asked: str | None) -> str | None:
    """The device of this process: what was asked for, else its own GPU among several processes."""
    if asked is not None or world_size() == 1:
        return asked
    import torch

    return f"cuda:{os.environ['LOCAL_RANK']}" if torch.cuda.is_available() else "cpu"


def from_first(value: _T, device: str | None) -> _T:
    """The first process's value, in every process; each must call it as often as the others.

    Args:
        value: what the first process tells; the others' does not count.
        device: where models run, which decides how the processes talk.
    """
    if world_size() == 1:
        return value
    from accelerate import PartialState
    from accelerate.utils import broadcast_object_list

    PartialState(cpu=str(own_device(device)).startswith("cpu"), timeout=PATIENCE)
    told = [value]
    broadcast_object_list(told)
    return told[0]
