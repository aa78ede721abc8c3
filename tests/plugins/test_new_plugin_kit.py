"""A package that `cardiobench new-plugin` writes passes the conformance kit as it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cardiobench.plugins.template import Facts, write_plugin


def test_a_written_package_passes_its_own_tests(
    new_environment: Callable[[], Any], tmp_path: Path
) -> None:
    """Install it, run its pytest, without the hub."""
    write_plugin("heart-bert", tmp_path / "new", Facts())
    environment = new_environment()
    environment.install(tmp_path / "new")
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path / "new")]
    done = environment.run("-m", "pytest", *options, "tests", folder=tmp_path / "new")
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert "failed" not in done.stdout
