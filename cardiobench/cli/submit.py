"""``cardiobench submit``: pack results for a pull request, and verify what others packed."""

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cardiobench.cli.options.device import check_device
from cardiobench.cli.options.folder import pooling_option, weights_option
from cardiobench.cli.options.output import DEFAULT_OUTPUT
from cardiobench.errors import CardioBenchError

if TYPE_CHECKING:
    from cardiobench.results.entry import Entry
    from cardiobench.sharing.submission.report import Finding, Report
    from cardiobench.sharing.submission.sample import Sample
    from cardiobench.sharing.submission.verify import Verifier

_BOARD = Path("leaderboard")
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(name="submit")
def command() -> None:
    """Pack results for a pull request, verify packed ones, withdraw published ones."""


@command.command()
@click.argument("run_folder", default=DEFAULT_OUTPUT, type=_FOLDER)
@click.option("--to", "target", required=True, type=_FOLDER, help="Folder; results/ goes below it.")
@click.option(
    "--model", "models", multiple=True, metavar="ORG/NAME", help="[default: all but the baselines]"
)
@click.option("--adapter", metavar="ORG/NAME@REVISION", help="Hub address of a larger adapter.")
@click.option(
    "--supersedes",
    multiple=True,
    metavar="REVISION",
    help="An older revision that this one takes the place of.",
)
@click.option("--partial", is_flag=True, help="Pack rows that lack tasks of the suite.")
@click.option(
    "--confirm", is_flag=True, help="Where results equal published ones, add that they do."
)
def pack(
    run_folder: Path,
    target: Path,
    models: tuple[str, ...],
    adapter: str | None,
    supersedes: tuple[str, ...],
    partial: bool,
    confirm: bool,
) -> None:
    """Write the finished results of RUN_FOLDER as the leaderboard lays them out, with hashes.

    RUN_FOLDER may be the cache folder of plain mteb, with predictions kept below it. What is on the
    board already is never changed.
    """
    with _entries_folder(run_folder, models) as folder:
        _pack(folder, target, models, adapter, supersedes, partial=partial, confirm=confirm)


def _pack(
    run_folder: Path,
    target: Path,
    models: tuple[str, ...],
    adapter: str | None,
    supersedes: tuple[str, ...],
    *,
    partial: bool,
    confirm: bool,
) -> None:
    from cardiobench.sharing.submission import pack as packing
    from cardiobench.sharing.submission.confirm import confirm as confirm_entry
    from cardiobench.sharing.task_export import check_folder

    entries = packing.chosen_entries(run_folder, models)
    if len(entries) > 1 and (adapter or supersedes):
        raise CardioBenchError("--adapter and --supersedes are of one model; add --model ORG/NAME")
    if not partial:
        packing.check_complete(entries)
    boards = list(dict.fromkeys([target, _published()]))
    # All are looked at before one is written.
    twins = [packing.published_twin(entry, boards) for entry in entries]
    for entry in entries:
        packing.check_supersedes(entry, supersedes, boards)
    check_folder(target)
    for entry, twin in zip(entries, twins, strict=True):
        if twin is not None:
            click.echo(f"Already published, equal: {entry.name} at {entry.revision}")
            if confirm:
                click.echo(f"Confirmed: {confirm_entry(entry, twin, target)}")
            else:
                click.echo("Add --confirm to add that your run came to the same.")
            continue
        click.echo(f"Packed: {_packed(entry, target, adapter, supersedes).folder}")
    click.echo(f"Next: cardiobench submit verify {target} --against origin/main")


@contextlib.contextmanager
def _entries_folder(folder: Path, models: tuple[str, ...]) -> Iterator[Path]:
    """The folder itself, or one with entries made of the results that plain mteb left there."""
    from cardiobench.sharing.mteb_import import import_mteb_results, is_mteb_cache

    if not is_mteb_cache(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="cardiobench-") as name:
        imported = import_mteb_results(folder, Path(name), models)
        problems = [problem for one in imported for problem in one.problems]
        if not any(one.tasks for one in imported):
            raise CardioBenchError(problems[0])
        for problem in problems:
            click.echo(f"Left out: {problem}", err=True)
        yield Path(name)


def _packed(
    entry: "Entry", target: Path, adapter: str | None, supersedes: tuple[str, ...]
) -> "Entry":
    from pydantic import ValidationError

    from cardiobench.sharing.submission.pack import pack as pack_entry

    try:
        return pack_entry(entry, target, adapter=adapter, supersedes=supersedes)
    except ValidationError as error:
        raise CardioBenchError(
            "--adapter must be ORG/NAME@REVISION, and --supersedes a revision."
        ) from error


@command.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--against",
    metavar="FOLDER|REVISION",
    help="Verify only what differs from this board, or from this git revision of it (the check of "
    "pull requests: origin/main).  [default: verify all; compare with the published board]",
)
@click.option(
    "--rerun",
    metavar="N|all",
    is_flag=False,
    flag_value="",
    help="Load the model and encode N items of every task again.  "
    "[without a number: as many as show with 95% probability that 5% of them were changed]",
)
@click.option("--seed", type=int, help="Of the sample.  [default: a new one each time]")
@click.option("--device", help="Torch device of the re-run.")
@weights_option
@pooling_option
@click.option("--trust-remote-code", is_flag=True, help="Let the re-run run code from the hub.")
@click.option("--record", is_flag=True, help="Write the outcome into the entries (maintainers).")
@click.option(
    "--maintainer", is_flag=True, help="Show changes to published entries instead of refusing them."
)
@click.option("--summary", type=_FILE, help="Append a Markdown page with warnings and verdicts.")
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
def verify(
    paths: tuple[Path, ...],
    against: str | None,
    rerun: str | None,
    seed: int | None,
    device: str | None,
    weights: tuple[str, ...],
    pooling: str | None,
    trust_remote_code: bool,
    record: bool,
    maintainer: bool,
    summary: Path | None,
    as_json: bool,
) -> None:
    """Recompute every score of entries, or of all below boards, from their predictions.

    PATH is an entry (results/ORG__MODEL/REVISION) or a board or run folder; ./leaderboard if none
    is named. Runs nothing of a submission and needs no network, unless --rerun loads its model.
    Exit code 0 if all is well, 1 if something is refused, 2 for a mistake in the command, 3 if
    cardiobench itself failed.
    """
    from cardiobench.foundation.terminal import quieten
    from cardiobench.runs.folders import given_folders
    from cardiobench.sharing.submission.pull_request import pull_request
    from cardiobench.sharing.submission.summary import exit_code
    from cardiobench.sharing.submission.verify import Verifier

    quieten()
    check_device(device)
    sample = _sample(rerun, seed)
    if not paths and not _BOARD.is_dir():
        raise CardioBenchError("No folder leaderboard here. Type: cardiobench submit verify PATH")
    if sample is not None and not as_json:
        click.echo(f"Sample: --seed {sample.seed}")
    places = paths or (_BOARD,)
    with pull_request(places, against, _published(), maintainer=maintainer) as request:
        options: dict[str, Any] = {
            "trust_remote_code": trust_remote_code,
            "maintainer": maintainer,
            "weights": given_folders(weights),
            "pooling": pooling,
        }
        verifier = Verifier(request.board, sample, device, **options)
        reports = [_verified(verifier, e, record=record, quiet=as_json) for e in request.entries]
        findings = [*request.findings]
        for board in request.boards:
            findings += verifier.check_heads(board)
    _tell(reports, findings, summary, as_json=as_json)
    sys.exit(exit_code(reports, findings))


def _tell(
    reports: "Sequence[Report]",
    findings: "Sequence[Finding]",
    summary: Path | None,
    *,
    as_json: bool,
) -> None:
    from cardiobench.sharing.submission.summary import to_json, to_markdown

    if as_json:
        click.echo(json.dumps(to_json(reports, findings), indent=1, sort_keys=True))
    else:
        lines = [finding.line() for finding in findings]
        click.echo("\n".join(lines or ([] if reports else ["Nothing differs from the board."])))
    if summary is not None:
        with summary.open("a", encoding="utf-8") as stream:
            stream.write(to_markdown(reports, findings))


def _verified(verifier: "Verifier", folder: Path, *, record: bool, quiet: bool) -> "Report":
    from cardiobench.sharing.submission.verify import record_verification

    report = verifier.verify(folder)
    if not quiet:
        click.echo("\n".join(report.lines()))
    if record and report.good:
        record_verification(folder, report)
    return report


@command.command()
@click.argument("name", metavar="ORG/NAME")
@click.option("--revision", required=True, help="Revision, or how it begins.")
@click.option("--reason", required=True, help="One line for the board.")
@click.option("--board", default=_BOARD, show_default=True, type=_FOLDER)
def withdraw(name: str, revision: str, reason: str, board: Path) -> None:
    """Take an entry off the ranking; its files stay, and the board says why."""
    from cardiobench.results.withdrawals import withdraw as withdraw_entry

    click.echo(f"Withdrawn: {withdraw_entry(board, name, revision, reason)}")
    click.echo(f"Next: cardiobench leaderboard build {board}")


def _published() -> Path:
    from cardiobench.results.entry import published_folder

    return published_folder() or _BOARD


def _sample(rerun: str | None, seed: int | None) -> "Sample | None":
    import secrets

    from cardiobench.sharing.submission.sample import Sample, sample_size

    if rerun is None:
        return None
    if not rerun:
        rerun = str(sample_size())
    if rerun != "all" and not (rerun.isascii() and rerun.isdigit() and int(rerun) > 0):
        raise click.BadParameter("a number of items a task, or all", param_hint="--rerun")
    size = None if rerun == "all" else int(rerun)
    return Sample(size, secrets.randbits(32) if seed is None else seed)
