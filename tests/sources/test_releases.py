"""Another release of a source: shown, exported and paired as such, and never taken for pinned."""

import json
import re
import shutil
from pathlib import Path

import datasets
import pytest

from cardiobench.cli.main import main
from cardiobench.cli.options.source import release_files
from cardiobench.foundation.files import sha256_file
from cardiobench.sources.hpo import carried_file, read_hpo
from cardiobench.sources.hpo_cardiology import cardiology_areas
from cardiobench.sources.icd10cm import icd10cm_file
from cardiobench.sources.releases import releases
from cardiobench.sources.split import split_of
from cardiobench_tasks.catalogue import (
    CARDIO_CODE_RETRIEVAL,
    CARDIO_PHENOTYPE_RETRIEVAL,
    CARDIO_TERM_RETRIEVAL,
)

MITRAL_STENOSIS = "HP:0001718"
TINY_OBO = "format-version: 1.2\ndata-version: hp/releases/2099-01-01\n\n[Term]\nid: {}\nname: x\n"


def new_id(side: str) -> str:
    """An unused identifier on one side of the split."""
    return next(i for i in (f"HP:99999{k:02d}" for k in range(100)) if split_of(i) == side)


def stanza(concept_id: str, name: str, definition: str) -> str:
    return (
        f'\n[Term]\nid: {concept_id}\nname: {name}\ndef: "{definition}" [HPO:test]\n'
        f"comment: A comment on {name.lower()}.\n"
        f"is_a: {MITRAL_STENOSIS} ! Mitral stenosis\n"
    )


@pytest.fixture(scope="module")
def moved() -> str:
    """The name of a cardiology concept that the pinned tasks test."""
    concepts = read_hpo().concepts
    tested = (concepts[i] for i in cardiology_areas(concepts) if split_of(i) == "test")
    return next(c.name for c in tested if c.definition and len(c.name) > 20)


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory, moved: str) -> Path:
    """The carried release with a date to come, a new concept on each side, and a name moved.

    The name of a test concept goes to the new training concept.
    """
    text = carried_file("hp.obo").read_text(encoding="utf-8")
    changed = text.replace("hp/releases/2025-01-16", "hp/releases/2099-12-31", 1)
    changed = changed.replace(f"\nname: {moved}\n", "\nname: Renamed finding\n", 1)
    assert changed.count("Renamed finding") == 1
    changed += stanza(new_id("train"), moved, "A training finding that was made up.")
    changed += stanza(new_id("test"), "Invented test finding", "A test finding that was made up.")
    path = tmp_path_factory.mktemp("release") / "newer.obo"
    path.write_text(changed, encoding="utf-8")
    return path


@pytest.fixture
def few_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listing of three tasks that are quick to build, one of each source."""
    few = (CARDIO_TERM_RETRIEVAL, CARDIO_CODE_RETRIEVAL, CARDIO_PHENOTYPE_RETRIEVAL)
    monkeypatch.setattr("cardiobench_tasks.catalogue.CATALOGUE", few)


def typed(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """What a command that succeeds prints."""
    capsys.readouterr()
    with pytest.raises(SystemExit, match="0"):
        main([str(argument) for argument in arguments])
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one line that a command refuses with."""
    capsys.readouterr()
    with pytest.raises(SystemExit, match="2"):
        main([str(argument) for argument in arguments])
    answer = capsys.readouterr()
    assert answer.out == ""
    assert answer.err.startswith("Error: ")
    assert answer.err.count("\n") == 1
    return answer.err


def row(listing: str, name: str) -> str:
    (found,) = (line for line in listing.splitlines() if line.startswith(f"{name}  "))
    return found


def texts(line: str) -> int:
    """The documents that a listing's row tells."""
    (number,) = re.findall(r"corpus ([\d,]+),", line)
    return int(number.replace(",", ""))


@pytest.mark.usefixtures("few_tasks")
def test_the_listing_shows_what_a_newer_release_would_give(
    capsys: pytest.CaptureFixture[str], newer: Path
) -> None:
    """Version, hash, rows and revision of it; other tasks, and the next listing, are as before."""
    before = typed(capsys, "data")
    shown = typed(capsys, "data", "--source", f"hpo={newer}")
    assert "2099-12-31" in row(shown, "HPO")
    assert sha256_file(newer)[:12] in row(shown, "HPO")
    pinned = CARDIO_TERM_RETRIEVAL.revision[:12]
    assert texts(row(shown, "CardioTermRetrieval")) == texts(row(before, "CardioTermRetrieval")) + 2
    assert row(shown, "CardioTermRetrieval").endswith(f"differs from the pinned {pinned}")
    revision = row(shown, "CardioTermRetrieval").split(" differs")[0].split()[-1]
    assert len(revision) == 12
    assert revision != pinned
    assert row(shown, "CardioCodeRetrieval").endswith(CARDIO_CODE_RETRIEVAL.revision[:12])
    assert "keep to the pinned data" in shown
    assert "differs" not in before
    assert typed(capsys, "data", "show") == before


@pytest.mark.usefixtures("few_tasks")
def test_each_source_has_releases(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Annotations and ICD-10-CM too; the name tells ICD-10-CM's two releases of a year apart."""
    lines = carried_file("phenotype.hpoa").read_text(encoding="utf-8").splitlines(keepends=True)
    annotations = tmp_path / "some.hpoa"
    annotations.write_text("".join(lines[:60_000]).replace("#version: 2025", "#version: 2099", 1))
    tabular = tmp_path / "icd10c-tabular-October-1-2099.xml"
    text = icd10cm_file().read_text(encoding="utf-8")
    tabular.write_text(text.replace("Rheumatic aortic stenosis", "Old aortic stenosis"))
    chosen = ["--source", f"hpo-annotations={annotations}", "--source", f"icd10cm={tabular}"]
    shown = typed(capsys, "data", "show", *chosen)
    assert " 2099-" in row(shown, "HPO annotations")
    assert "October 2099" in row(shown, "ICD-10-CM")
    assert "differs from the pinned" in row(shown, "CardioPhenotypeRetrieval")
    assert "differs from the pinned" in row(shown, "CardioCodeRetrieval")
    assert "differs" not in row(shown, "CardioTermRetrieval")


def test_an_export_of_another_release_is_labelled(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Own folder, revision and split; the card says so; the pinned export stays as it was."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets")
    spec = CARDIO_TERM_RETRIEVAL
    command = ("data", "export", tmp_path / "out", "--task", spec.name)
    typed(capsys, *command)
    before = {f.name: f.read_bytes() for f in (tmp_path / "out" / spec.name).iterdir()}
    folder = Path(typed(capsys, *command, "--source", f"hpo={newer}").split()[-1])
    assert {f.name: f.read_bytes() for f in (tmp_path / "out" / spec.name).iterdir()} == before
    name, _, revision = folder.name.partition("-")
    assert name == spec.name
    assert len(revision) == 12
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert f"# {name} ({revision})" in card
    assert "Not the board's data." in card
    assert spec.split not in card
    assert "2099-12-31" in card
    assert "resolve a difference" not in card
    split = f"test_{revision[:8]}"
    corpus = datasets.load_dataset(str(folder), "corpus", split=split)
    queries = datasets.load_dataset(str(folder), "queries", split=split)
    assert "A test finding that was made up." in corpus["text"]
    assert "Invented test finding" in queries["text"]
    assert "Not the board's data." not in before["README.md"].decode()


def test_a_release_that_changes_nothing_gives_the_pinned_data(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The revision is the content's, whatever the file is called."""
    copy = tmp_path / "copy.obo"
    shutil.copy(carried_file("hp.obo"), copy)
    command = ("data", "export", tmp_path, "--task", "CardioTermRetrieval")
    shown = typed(capsys, *command, "--source", f"hpo={copy}")
    assert Path(shown.split()[-1]).name == "CardioTermRetrieval"


@pytest.mark.slow
def test_pairs_come_from_the_release_and_leak_neither_releases_tests(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, newer: Path, moved: str
) -> None:
    """A new training concept is in; what the pinned or the newer tasks test is not."""
    command = ("pairs", "--relation", "name-definition", "--relation", "definition-comment")
    command = (*command, "--relation", "is-a", "--export", tmp_path / "pairs.jsonl")
    shown = typed(capsys, *command, "--source", f"hpo={newer}")
    assert f"release of HPO: 2099-12-31, {newer}" in shown
    text = (tmp_path / "pairs.jsonl").read_text(encoding="utf-8")
    texts = {v for line in text.splitlines() for v in json.loads(line).values()}
    concepts = {json.loads(line)["concept"] for line in text.splitlines()}
    assert len(concepts) > 500
    assert "A training finding that was made up." in texts
    assert not {moved, "Invented test finding", "A test finding that was made up."} & texts
    # The moved name alone keeps it out: the newer release calls no test concept so.
    with releases({"hpo": newer}):
        assert read_hpo().concepts[new_id("train")].name == moved
    assert "release of" not in typed(capsys, *command, "--source", "hpo")
    assert "Renamed finding" not in (tmp_path / "pairs.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("hppo={newer}", "Did you mean 'hpo'? Available: "),
        ("hpo={folder}/absent.obo", "absent.obo does not exist"),
        ("hpo={folder}", "is a folder"),
        ("hpo=", "write hpo=FILE"),
        ("hpo={folder}/words.txt", "is not an OBO file"),
        ("hpo={folder}/small.obo", "has no HP:0001626"),
        ("icd10cm={folder}/small.obo", "is not an ICD-10-CM tabular list"),
        ("hpo-annotations={folder}/words.txt", "lacks the columns"),
        ("hpo-annotations={folder}/wrong.hpoa", "wrong.hpoa:2: frequency 'many%' is none"),
    ],
)
@pytest.mark.parametrize("command", ["data", "data show", "data export {folder}/out", "pairs"])
def test_a_wrong_release_is_one_line_and_leaves_the_cache_alone(
    capsys: pytest.CaptureFixture[str],
    private_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: str,
    value: str,
    message: str,
) -> None:
    """Exit 2 before any work; every cached file is as it was."""
    # A cache of its own: other workers of this session write into the shared one.
    own = tmp_path / "cache"
    (own / "tasks").mkdir(parents=True)
    (own / "tasks" / "another.jsonl").write_text("{}\n")
    if (private_cache / "sources").is_dir():
        shutil.copytree(private_cache / "sources", own / "sources")
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(own))
    (tmp_path / "words.txt").write_text("some words\n")
    (tmp_path / "small.obo").write_text(TINY_OBO.format("HP:0000118"))
    columns = "database_id\tdisease_name\tqualifier\thpo_id\tfrequency\n"
    (tmp_path / "wrong.hpoa").write_text(f"{columns}OMIM:1\tx\t\tHP:0001626\tmany%\n")
    cached = {f: f.read_bytes() for f in own.rglob("*") if f.is_file()}
    arguments = command.format(folder=tmp_path).split()
    chosen = value.format(folder=tmp_path, newer=tmp_path / "words.txt")
    assert message in refused(capsys, *arguments, "--source", chosen)
    assert cached
    assert {f: f.read_bytes() for f in cached} == cached
    assert not (tmp_path / "out").exists()


def test_impossible_frequencies_are_counted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """They stand in real releases; one line on standard error, and work goes on."""
    path = tmp_path / "some.hpoa"
    columns = "database_id\tdisease_name\tqualifier\thpo_id\tfrequency\n"
    rows = [f"OMIM:{k}\tx\t\tHP:0001626\t{text}\n" for k, text in enumerate(["1/2", "9/7"])]
    path.write_text(columns + "".join(rows))
    assert release_files([f"hpo-annotations={path}"]) == {"hpo-annotations": path}
    assert capsys.readouterr().err == (
        f"Note: 1 row has a frequency outside [0, 1] in {path}: read as not stated.\n"
    )


def test_a_release_too_small_for_a_task_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Cardiology's root alone makes no task."""
    small = tmp_path / "small.obo"
    small.write_text(TINY_OBO.format("HP:0001626"))
    for task in ("CardioTermRetrieval", "CardioSeparation"):
        command = ("data", "export", tmp_path / "out", "--task", task, "--source", f"hpo={small}")
        assert f"{task} cannot be built" in refused(capsys, *command)


def test_a_source_before_the_command_is_not_passed_over(
    capsys: pytest.CaptureFixture[str], newer: Path
) -> None:
    """It says where the option stands."""
    error = refused(capsys, "data", "--source", f"hpo={newer}", "cards", "--check")
    assert "--source stands after the command" in error


def test_run_keeps_to_the_pinned_data(capsys: pytest.CaptureFixture[str], newer: Path) -> None:
    """It has no such option."""
    with pytest.raises(SystemExit, match="2"):
        main(["run", "--source", f"hpo={newer}"])
    assert "No such option" in capsys.readouterr().err
