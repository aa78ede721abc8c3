"""``cardiobench check-plugin``: the conformance kit on the command line."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardiobench.cli.options import completion
from cardiobench.errors import CardioBenchError
from cardiobench.plugins.registry import Plugins

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec


@click.command(name="check-plugin")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completion.models)
@click.option(
    "--weights",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with the real weights of the one NAME: check the real model.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts: every check and its outcome.")
def command(names: tuple[str, ...], weights: Path | None, as_json: bool) -> None:
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
    told = [Told("FAILED", str(problem)) for problem in problems]
    for problem in told:
        _say(problem, as_json)
    tasks = [] if names else [spec for spec, _ in plugins.tasks()]
    if not chosen and not problems and not tasks:
        raise CardioBenchError(
            "No third-party plugin is installed. Type: cardiobench check-plugin NAME, with a name "
            "from `cardiobench plugins`."
        )

    from cardiobench.foundation.terminal import quieten

    quieten()
    checks = [check for name in chosen for check in _check(name, plugins, weights, as_json)]
    checks += [check for spec in tasks for check in _audit(spec, as_json)]
    words = ("ok", "FAILED", "not checked", "skipped")
    counts = {word: sum(check.outcome == word for check in checks) for word in words}
    if as_json:
        click.echo(json.dumps([asdict(check) for check in told + checks], indent=1))
    else:
        click.echo(", ".join(f"{count} {word.lower()}" for word, count in counts.items()))
    if counts["FAILED"] or problems:
        sys.exit(1)
    if counts["not checked"]:
        click.echo(
            f"This is no pass: {counts['not checked']} rules were not checked. To check the real "
            "model, type: cardiobench check-plugin NAME --weights FOLDER"
        )
        sys.exit(3)


@dataclass(frozen=True, slots=True)
class Told:
    """One check: ``ok``, ``FAILED``, ``not checked`` or ``skipped``, and its line."""

    outcome: str
    line: str


def _say(check: Told, as_json: bool) -> None:
    if not as_json:
        click.echo(f"{check.outcome:<8} {check.line}")


def _check(name: str, plugins: Plugins, weights: Path | None, as_json: bool) -> list[Told]:
    """Run the checks of one architecture, a line each."""
    from cardiobench.testing import DoesNotApply, NotChecked, NotConforming, conformance_checks

    told = []
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
        told.append(Told(outcome, f"{line}{reason}"))
        _say(told[-1], as_json)
    return told


def _audit(spec: "TaskSpec", as_json: bool) -> list[Told]:
    """Audit one task: a line for each claim that is broken, and its floor."""
    from cardiobench.audit.auditor import audit_task
    from cardiobench.audit.claims import breaches

    try:
        audit = audit_task(spec)
    except CardioBenchError as error:
        told = [Told("FAILED", f"{spec.name}: {error}")]
    else:
        told = [
            Told(
                "FAILED",
                f"{spec.name}: it claims lexical control, but {shortcut.name!r} scores "
                f"{shortcut.score:.3f} (chance {audit.chance:.3f}); mend the data or drop the "
                "claim.",
            )
            for shortcut in breaches(audit)
        ] or [
            Told(
                "ok",
                f"{spec.name}: a model must pass {audit.floor.score:.3f} {audit.metric} "
                f"({audit.floor.name}; chance {audit.chance:.3f})",
            )
        ]
    for check in told:
        _say(check, as_json)
    return told
