"""The claims of our tasks, and the floors that are kept for boards."""

from dataclasses import replace
from pathlib import Path

import pytest

from cardiobench.audit import floors
from cardiobench.audit.auditor import audit_task
from cardiobench.audit.claims import breaches
from cardiobench.audit.floors import audits_path, committed_audit, floor_of, keep_audits
from cardiobench.cli.main import main
from cardiobench.errors import DataError
from cardiobench_tasks.catalogue import (
    CARDIO_NEGATION,
    CARDIO_QA_RETRIEVAL,
    CATALOGUE,
    TaskSpec,
)

PAGE = Path(__file__).parent.parent.parent / "leaderboard" / "audit.md"
# Claims that today's data break, by the worst shortcut.
BROKEN = {
    "CardioSeparation": "both texts, not compared: AUROC 0.680",
    "PulmonarySeparation": "first text alone: AUROC 0.616",
    "RenalSeparation": "first text alone: AUROC 0.708",
    "NeuroSeparation": "LSA of training definitions: AUROC 0.615",
}
CLAIMING = [
    pytest.param(
        spec,
        id=spec.name,
        marks=pytest.mark.xfail(strict=True, reason=BROKEN[spec.name])
        if spec.name in BROKEN
        else (),
    )
    for spec in CATALOGUE
    if spec.lexical_control
]


@pytest.mark.parametrize("spec", CLAIMING)
def test_no_shortcut_breaks_a_claim_of_lexical_control(spec: TaskSpec) -> None:
    """By the kept audit of the pinned data."""
    assert breaches(committed_audit(spec)) == []


@pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
def test_every_task_of_ours_has_a_floor_at_its_pinned_revision(spec: TaskSpec) -> None:
    """The best shortcut of the kept audit, above chance."""
    floor, audit = floor_of(spec), committed_audit(spec)
    assert floor.revision == spec.revision
    assert floor.score == max(shortcut.score for shortcut in audit.shortcuts) > floor.chance


@pytest.mark.parametrize("spec", [CARDIO_NEGATION, CARDIO_QA_RETRIEVAL], ids=lambda spec: spec.name)
def test_kept_figures_are_what_an_audit_gives(spec: TaskSpec) -> None:
    """Computed anew from the data; 0.002 is left for other versions of the linear algebra."""
    kept, found = committed_audit(spec), audit_task(spec)
    assert [s.name for s in found.shortcuts] == [s.name for s in kept.shortcuts]
    assert [s.score for s in found.shortcuts] == pytest.approx(
        [s.score for s in kept.shortcuts], abs=2e-3
    )
    assert found.chance == pytest.approx(kept.chance, abs=1e-4)


@pytest.fixture
def other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the kept audits, in their place."""
    copy = tmp_path / "audit.json"
    copy.write_text(audits_path().read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(floors, "audits_path", lambda: copy)
    return copy


def test_the_audit_of_other_data_is_no_floor() -> None:
    """A changed revision, a task without an audit and a plugin's task say what to type."""
    remedy = "Type: cardiobench audit CardioNegation --write"
    with pytest.raises(DataError, match=f"not the pinned 000000000000. {remedy}"):
        floor_of(replace(CARDIO_NEGATION, revision="0" * 40))
    with pytest.raises(DataError, match=r"no audit of Other\. Type: cardiobench audit Other"):
        floor_of(replace(CARDIO_NEGATION, name="Other"))
    with pytest.raises(
        DataError, match=r"from elsewhere\. Type: cardiobench audit CardioNegation$"
    ):
        floor_of(replace(CARDIO_NEGATION, provider="elsewhere"))


def test_a_kept_audit_replaces_that_of_its_task_alone(other_file: Path) -> None:
    """The others stay, in the order of the catalogue."""
    before = {spec.name: committed_audit(spec) for spec in CATALOGUE}
    changed = before["CardioNegation"].model_copy(update={"items": 7})
    keep_audits([changed])
    assert committed_audit(CARDIO_NEGATION).items == 7
    assert all(
        committed_audit(spec) == before[spec.name]
        for spec in CATALOGUE
        if spec is not CARDIO_NEGATION
    )


def test_a_damaged_file_is_told_by_its_place(other_file: Path) -> None:
    """Which field, and how to have the file made again."""
    text = other_file.read_text(encoding="utf-8")
    other_file.write_text(text.replace('"chance": 0.5', '"chance": 5', 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"damaged at audits\.\d+\.chance.*cardiobench audit --wr"):
        floor_of(CARDIO_NEGATION)


def test_the_page_is_current(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--page --check` on the committed page passes, on another fails and says what to type."""
    with pytest.raises(SystemExit, match="0"):
        main(["audit", "--page", str(PAGE), "--check"])
    stale = tmp_path / "audit.md"
    stale.write_text("old", encoding="utf-8")
    with pytest.raises(SystemExit, match="1"):
        main(["audit", "--page", str(stale), "--check"])
    assert f"{stale} is stale. Type: cardiobench audit --page {stale}" in capsys.readouterr().err
