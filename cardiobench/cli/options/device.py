"""``--device``: looked at before any work."""

import re

from cardiobench.errors import CardioBenchError, UnknownNameError

DEVICE_HELP = "cpu, cuda, cuda:1, mps.  [default: best]"
# What torch computes on that somebody may have; other words are typing mistakes.
_KINDS = ("cpu", "cuda", "mps", "xpu", "hpu", "npu")


def check_device(device: str | None, *, here: bool = True) -> None:
    """Fail before any work if no model could be put there.

    Args:
        device: as it was typed; None for the best at hand.
        here: whether this machine is the one that needs it, not a cluster's.

    Raises:
        UnknownNameError: it is no device.
        CardioBenchError: this machine has none of that kind, or fewer.
    """
    if device is None:
        return
    match = re.fullmatch(r"(\w+)(?::(\d+))?", device)
    if match is None or match[1] not in _KINDS:
        raise UnknownNameError("device", device, _KINDS, hint="cuda:1 is the second of several.")
    if not here or match[1] not in ("cuda", "mps"):
        return
    import torch

    if match[1] == "mps":
        count = int(torch.backends.mps.is_available())
    else:
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(match[2] or 0) >= count:
        there = f"this machine has {count}" if count else "this machine has none"
        raise CardioBenchError(f"--device {device}: {there}. Type: --device cpu, or leave it out.")
