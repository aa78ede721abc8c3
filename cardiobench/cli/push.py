"""``cardiobench push``: publish an adapter on the Hub."""

import re
from pathlib import Path

import click

from cardiobench.cli.options.output import DEFAULT_OUTPUT

_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def _repository(ctx: click.Context, option: click.Parameter, value: str) -> str:
    if not _REPOSITORY.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not ORGANISATION/NAME.")
    return value


@click.command(name="push")
@click.argument("entry", metavar="ENTRY_FOLDER|MODEL_NAME")
@click.option(
    "--to",
    "repository",
    required=True,
    callback=_repository,
    metavar="ORG/NAME",
    help="Repository on the Hub; made if it is not there.",
)
@click.option(
    "--from",
    "root",
    default=DEFAULT_OUTPUT,
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Run or leaderboard folder where a model's name is looked up.",
)
@click.option("--private", is_flag=True, help="Make a new repository private.")
@click.option("--branch", default="main", show_default=True, help="Branch to commit to.")
@click.option("--overwrite", is_flag=True, help="Replace whatever the repository holds.")
@click.option(
    "--accept-licence",
    "accepted",
    default="",
    metavar="LICENCE",
    help="Name the base model's licence to say that you meet its conditions.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be published; needs no network.")
def command(
    entry: str,
    repository: str,
    root: Path,
    private: bool,
    branch: str,
    overwrite: bool,
    accepted: str,
    dry_run: bool,
) -> None:
    """Publish an adapter, with its card, on the Hugging Face Hub in one commit."""
    from cardiobench.foundation.terminal import quieten

    quieten()
    from cardiobench.sharing.hub import check_parcel, find_entry, packed_folder, push

    parcel = check_parcel(find_entry(entry, root), accepted_licence=accepted)
    with packed_folder(parcel, repository) as folder:
        if dry_run:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                click.echo(f"{path.stat().st_size:>12,}  {path.relative_to(folder)}")
            click.echo(f"Would be published as {repository} ({branch}). Nothing was sent.")
            return
        address = push(
            parcel, folder, repository, private=private, branch=branch, overwrite=overwrite
        )
    click.echo(f"Published: {address}")
