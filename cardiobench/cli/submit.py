"""``cardiobench submit``: pack results for a pull request, and verify what others packed."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardiobench.cli.options.output import DEFAULT_OUTPUT
from cardiobench.errors import CardioBenchError

if TYPE_CHECKING:
    from cardiobench.sharing.submission.rerun import Sample

_BOARD = Path("leaderboard")
_FOLDER = click.Path(path_type=Path, file_okay=False)
DEFAULT_SAMPLE = 32


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
def pack(
    run_folder: Path,
    target: Path,
    models: tuple[str, ...],
    adapter: str | None,
    supersedes: tuple[str, ...],
) -> None:
    """Write the finished results of RUN_FOLDER as the leaderboard lays them out, with hashes."""
    from pydantic import ValidationError

    from cardiobench.sharing.submission.pack import chosen_entries
    from cardiobench.sharing.submission.pack import pack as pack_entry
    from cardiobench.sharing.task_export import check_folder

    entries = chosen_entries(run_folder, models)
    if len(entries) > 1 and (adapter or supersedes):
        raise CardioBenchError("--adapter and --supersedes are of one model; add --model ORG/NAME")
    check_folder(target)
    for entry in entries:
        try:
            packed = pack_entry(entry, target, adapter=adapter, supersedes=supersedes)
        except ValidationError as error:
            raise CardioBenchError(
                "--adapter must be ORG/NAME@REVISION, and --supersedes a revision."
            ) from error
        click.echo(f"Packed: {packed.folder}")
        click.echo(f"Next: cardiobench submit verify {packed.folder}")


@command.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--against",
    type=_FOLDER,
    help="Verify only what differs from this board.  [default: verify all; compare with the "
    "published board]",
)
@click.option(
    "--rerun",
    metavar="N|all",
    is_flag=False,
    flag_value=str(DEFAULT_SAMPLE),
    help="Load the model and encode N items of every task again.  "
    f"[{DEFAULT_SAMPLE} if no number is given]",
)
@click.option("--seed", type=int, help="Of the sample.  [default: a new one each time]")
@click.option("--device", help="Torch device of the re-run.")
@click.option("--trust-remote-code", is_flag=True, help="Let the re-run run code from the hub.")
@click.option("--record", is_flag=True, help="Write the outcome into the entries (maintainers).")
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
def verify(
    paths: tuple[Path, ...],
    against: Path | None,
    rerun: str | None,
    seed: int | None,
    device: str | None,
    trust_remote_code: bool,
    record: bool,
    as_json: bool,
) -> None:
    """Recompute every score of entries, or of all below boards, from their predictions.

    PATH is an entry (results/ORG__MODEL/REVISION) or a board or run folder; ./leaderboard if none
    is named. Runs nothing of a submission and needs no network, unless --rerun loads its model.
    Exit code 0 if all is well, 1 if something is refused, 2 for a mistake in the command.
    """
    from cardiobench.foundation.terminal import quieten
    from cardiobench.sharing.submission.verify import Verifier, record_verification, summary

    quieten()
    board = against or _published()
    sample = _sample(rerun, seed)
    entries, missing = _entries(paths, against)
    verifier = Verifier(board, sample, device, trust_remote_code=trust_remote_code)
    reports = []
    if sample is not None and not as_json:
        click.echo(f"Sample: --seed {sample.seed}")
    for folder in entries:
        report = verifier.verify(folder)
        reports.append(report)
        if not as_json:
            click.echo("\n".join(report.lines()))
        if record and report.good:
            record_verification(folder, report)
    if as_json:
        click.echo(json.dumps({**summary(reports), "missing": missing}, indent=1, sort_keys=True))
    elif not entries:
        click.echo("Nothing differs from the board.")
    for entry in missing:
        said = "on the board, but not here; withdraw entries with: cardiobench submit withdraw"
        click.echo(f"finding: {entry}: {said}", err=as_json)
    if missing or not all(report.good for report in reports):
        sys.exit(1)


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

    from cardiobench.sharing.submission.rerun import Sample

    if rerun is None:
        return None
    if rerun != "all" and not (rerun.isascii() and rerun.isdigit() and int(rerun) > 0):
        raise click.BadParameter("a number of items a task, or all", param_hint="--rerun")
    size = None if rerun == "all" else int(rerun)
    return Sample(size, secrets.randbits(32) if seed is None else seed)


def _entries(paths: tuple[Path, ...], against: Path | None) -> tuple[list[Path], list[str]]:
    from cardiobench.sharing.submission.verify import changed_entries, find_entries

    if not paths and not _BOARD.is_dir():
        raise CardioBenchError("No folder leaderboard here. Type: cardiobench submit verify PATH")
    found: list[Path] = []
    missing: list[str] = []
    for path in paths or (_BOARD,):
        if against is not None and (path / "results").is_dir():
            changed, gone = changed_entries(path, against)
            found, missing = found + changed, missing + gone
        else:
            found += find_entries(path)
    return found, missing
