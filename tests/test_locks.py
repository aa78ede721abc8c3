"""The locks hold each file to its hash, at the tested versions, and the workflow uses them."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("build", "cpu", "pypi")
BEHIND = "type .ci/lock"


def locked(name: str) -> dict[str, tuple[str, list[str]]]:
    """Package to its version and its hashes."""
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        requirement, *hashes = re.split(r"\s+--hash=", line)
        package, version = requirement.split("==")
        found[canonicalize_name(package)] = (version.split(";")[0].strip(), hashes)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_each_release_is_one_version_with_hashes(name: str) -> None:
    """No address, no option, no release without a hash."""
    for package, (_, hashes) in locked(name).items():
        assert hashes, package
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), package


@pytest.mark.parametrize("name", ["cpu", "pypi"])
def test_the_locks_are_those_of_the_project(name: str) -> None:
    """What pyproject.toml needs, at the versions that are tested."""
    found = {package: version for package, (version, _) in locked(name).items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in map(Requirement, project["dependencies"]):
        version = found.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not locked; {BEHIND}"
        assert requirement.specifier.contains(version), f"{requirement}: {version}; {BEHIND}"
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        package, _, version = line.partition("==")
        at = found.get(canonicalize_name(package), version).removesuffix("+cpu")
        assert at == version.split(";")[0].strip(), f"{line} is locked at {at}; {BEHIND}"


def test_each_build_of_torch_has_its_own_lock() -> None:
    """The CPU's needs no CUDA library."""
    cpu, pypi = locked("cpu"), locked("pypi")
    assert cpu["torch"][0] == f"{pypi['torch'][0]}+cpu"
    assert not set(cpu["torch"][1]) & set(pypi["torch"][1])
    assert not [package for package in cpu if package.startswith("nvidia-")]


def test_what_builds_is_locked_too() -> None:
    """The build's own requirements, and what an editable installation adds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["build-system"]["requires"], "editables"]
    assert {canonicalize_name(Requirement(line).name) for line in needed} <= locked("build").keys()


def test_the_workflow_installs_from_the_locks_and_nothing_else() -> None:
    """Each installation has hashes, or takes nothing from anywhere."""
    workflow = (ROOT / ".github/workflows/submission.yml").read_text(encoding="utf-8")
    installs = re.findall(r"pip install (.*)", workflow)
    assert installs
    for options in installs:
        assert "--require-hashes" in options or {"--no-deps", "--no-index"} <= set(options.split())
        for file in re.findall(r"-r (\S+)", options):
            assert (ROOT / file).is_file()
