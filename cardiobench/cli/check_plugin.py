"""``cardiobench check-plugin``: the conformance kit on the command line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardiobench.errors import CardioBenchError
from cardiobench.plugins.registry import Plugins

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec


@click.command(name="check-plugin")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--weights",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with the real weights of the one NAME: check the real model.",
)
def command(names: tuple[str, ...], weights: Path | None) -> None:
    """Check architectures against the rules of docs/plugins.md; by default all third-party ones.

    Tasks of third-party plugins are audited as well (see `cardiobench audit`) where no architecture
    is named. Exit code 1 if a rule is broken; the line says what to change in the plugin. Exit code
    3 if a rule could not be checked: that is no pass.
    """
    from cardiobench.plugins.registry import load_plugins

    plugins = load_plugins()
    third_party = [s.name for s, p in plugins.architectures() if p.distribution != "cardiobench"]
    chosen = [plugins.architecture(name).name for name in dict.fromkeys(names)] or third_party
    if weights is not None and len(chosen) != 1:
        raise CardioBenchError("--weights is of one architecture. Name it before the option.")
    problems = [] if names else plugins.problems
    for problem in problems:
        click.echo(f"FAILED   {problem}")
    tasks = [] if names else [spec for spec, _ in plugins.tasks()]
    if not chosen and not problems and not tasks:
        raise CardioBenchError(
            "No third-party plugin is installed. Type: cardiobench check-plugin NAME, with a name "
            "from `cardiobench plugins`."
        )

    from cardiobench.foundation.terminal import quieten

    quieten()
    outcomes = [outcome for name in chosen for outcome in _check(name, plugins, weights)]
    outcomes += [_audit(spec) for spec in tasks]
    counts = {word: outcomes.count(word) for word in ("ok", "FAILED", "not checked", "skipped")}
    click.echo(", ".join(f"{count} {word.lower()}" for word, count in counts.items()))
    if counts["FAILED"] or problems:
        sys.exit(1)
    if counts["not checked"]:
        click.echo(
            f"This is no pass: {counts['not checked']} rules were not checked. To check the real "
            "model, type: cardiobench check-plugin NAME --weights FOLDER"
        )
        sys.exit(3)


def _check(name: str, plugins: Plugins, weights: Path | None) -> list[str]:
    """Run the checks of one architecture, a line each; gives their outcomes."""
    from cardiobench.testing import DoesNotApply, NotChecked, NotConforming, conformance_checks

    outcomes = []
    for check in conformance_checks(name, plugins, weights):
        line = f"{name}: {check}"
        if sys.stderr.isatty():
            click.echo(f"{line} ...\r", err=True, nl=False)
        outcome, reason = "ok", ""
        try:
            check()
        except NotConforming as error:
            outcome, reason = "FAILED", f": {error}"
        except NotChecked as why:
            outcome, reason = "not checked", f": {why}"
        except DoesNotApply as why:
            outcome, reason = "skipped", f": {why}"
        if sys.stderr.isatty():
            click.echo("\x1b[2K", err=True, nl=False)
        click.echo(f"{outcome:<8} {line}{reason}")
        outcomes.append(outcome)
    return outcomes


def _audit(spec: "TaskSpec") -> str:
    """Audit one task, a line; gives the outcome."""
    from cardiobench.audit.auditor import audit_task
    from cardiobench.audit.claims import breaches

    try:
        audit = audit_task(spec)
    except CardioBenchError as error:
        click.echo(f"{'FAILED':<8} {spec.name}: {error}")
        return "FAILED"
    broken = breaches(audit)
    for shortcut in broken:
        click.echo(
            f"{'FAILED':<8} {spec.name}: it claims lexical control, but {shortcut.name!r} scores "
            f"{shortcut.score:.3f} (chance {audit.chance:.3f}); mend the data or drop the claim."
        )
    click.echo(
        f"{'FAILED' if broken else 'ok':<8} {spec.name}: a model must pass {audit.floor.score:.3f} "
        f"{audit.metric} ({audit.floor.name}; chance {audit.chance:.3f})"
    )
    return "FAILED" if broken else "ok"
