"""What a pull request brings: entries to verify, and what it should not have touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cardiobench.errors import CardioBenchError
from cardiobench.sharing.submission.git_base import git_base
from cardiobench.sharing.submission.report import Finding
from cardiobench.sharing.submission.tree import changed_entries, find_entries, strays

_GONE = "Put it back; entries are withdrawn with: cardiobench submit withdraw"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What is to be verified.

    Attributes:
        board: the board to compare with.
        entries: folders of entries.
        boards: folders of boards among the paths that were named.
        findings: what is wrong outside the entries.
    """

    board: Path
    entries: list[Path] = field(default_factory=list)
    boards: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@contextmanager
def pull_request(
    paths: tuple[Path, ...], against: str | None, published: Path, *, maintainer: bool = False
) -> Iterator[PullRequest]:
    """What paths bring that a base does not have.

    Args:
        paths: entries, boards or run folders.
        against: a board's folder, or a git revision of the first path's checkout; None: everything
            below the paths is verified and compared with the published board.
        published: the published board.
        maintainer: whether what lies outside the entries is only shown.

    Raises:
        CardioBenchError: nothing is there, or the base cannot be had.
    """
    if against is None:
        entries = [entry for path in paths for entry in find_entries(path)]
        yield PullRequest(published, entries)
    elif Path(against).is_dir():
        request = PullRequest(Path(against))
        for path in paths:
            _compare(path, request)
            if path in request.boards:
                request.findings.extend(strays(path, request.board))
        yield _shown(request) if maintainer else request
    else:
        if len(paths) != 1 or not (paths[0] / "results").is_dir():
            raise CardioBenchError(
                "--against a git revision needs the board's folder, or --against a folder. "
                "Type: cardiobench submit verify leaderboard --against origin/main"
            )
        with git_base(paths[0], against) as base:
            request = PullRequest(base.board, findings=base.findings)
            if base.touches_board:
                _compare(paths[0], request)
            yield _shown(request) if maintainer else request


def _shown(request: PullRequest) -> PullRequest:
    return replace(request, findings=[replace(f, severity="warning") for f in request.findings])


def _compare(path: Path, request: PullRequest) -> None:
    """Add a path's entries that differ from the base, and those that are gone."""
    if not (path / "results").is_dir():
        request.entries.extend(find_entries(path))
        return
    changed, missing = changed_entries(path, request.board)
    request.boards.append(path)
    request.entries.extend(changed)
    request.findings.extend(
        Finding(entry, "on the board, but not here", _GONE) for entry in missing
    )
