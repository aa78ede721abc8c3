"""Submissions made to harm: each is refused in one line, nothing is run, written or followed."""

import gzip
import json
import os
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardiobench.results.entry import Entry
from cardiobench.results.records import wrong_with_text
from cardiobench.sharing.submission.names import look_alike, near_name, skeleton
from cardiobench.sharing.submission.recompute import TaskAnew
from cardiobench.sharing.submission.report import Finding, RefusedError, Report
from cardiobench.sharing.submission.safe_files import (
    MAX_EXPANDED_BYTES,
    MAX_FILES,
    expand,
    kind_of,
    list_files,
    parse_json,
)
from cardiobench.sharing.submission.verify import Verifier
from cardiobench_tasks.catalogue import CARDIO_NEGATION
from tests.submissions import ADAPTED, LEADERBOARD, TASK, edit, sign, submission

# Slow machines are no failure, and the same examples come each time.
settings.register_profile("submissions", deadline=None, derandomize=True, database=None)
settings.load_profile("submissions")


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    """Against the committed board, with the one task built."""
    verifier = Verifier(LEADERBOARD)
    verifier._tasks[TASK] = TaskAnew(CARDIO_NEGATION)
    return verifier


@pytest.fixture
def entry(tmp_path: Path) -> Entry:
    """A submission of one small task, to be spoilt."""
    return submission(tmp_path, tasks=(TASK,))


def board_bytes() -> dict[Path, bytes]:
    """Every file of the committed board."""
    return {path: path.read_bytes() for path in LEADERBOARD.rglob("*") if path.is_file()}


def refused(report: Report, word: str) -> None:
    """One of the lines says it; none is a traceback, markup or a control code."""
    lines = report.lines()
    assert not report.good
    assert any(word in line for line in lines), lines
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert report.fault is None


class Explosive:
    """A pickle of it touches a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def deep(entry: Entry) -> None:
    """A hundred thousand brackets."""
    entry.manifest_path.write_text("[" * 100_000 + "]" * 100_000)


def bomb(entry: Entry) -> None:
    """A hundred megabytes of spaces in a hundred kilobytes."""
    entry.predictions_path(TASK).write_bytes(gzip.compress(b" " * 100_000_000))


def linked(entry: Entry) -> None:
    """A link to a file outside."""
    entry.items_path(TASK).unlink()
    entry.items_path(TASK).symlink_to("/etc/passwd")


def linked_folder(entry: Entry) -> None:
    """A link to a folder outside."""
    (entry.extras / "predictions" / "more").symlink_to("/etc")


def hard_linked(entry: Entry) -> None:
    """A second name of a file."""
    os.link(entry.manifest_path, entry.extras / "speed2.json")


def pipe(entry: Entry) -> None:
    """A pipe, which would block a reader for ever."""
    (entry.extras / "speed.json").unlink(missing_ok=True)
    os.mkfifo(entry.extras / "speed.json")


def crowded(entry: Entry) -> None:
    """Thousands of files."""
    for number in range(MAX_FILES + 50):
        (entry.folder / f"Task{number}.json").write_text("{}")


def manifest(**fields: Any) -> Any:
    """Sets fields of the model in the manifest."""
    return lambda entry: edit(entry.manifest_path, lambda m: m["model"].update(fields))


def meta(**fields: Any) -> Any:
    """Sets fields of model_meta.json."""
    return lambda entry: edit(entry.folder / "model_meta.json", lambda m: m.update(fields))


def record(**fields: Any) -> Any:
    """Sets fields of submission.json."""
    return lambda entry: edit(entry.extras / "submission.json", lambda m: m.update(fields))


def file(name: str, content: bytes) -> Any:
    """Adds a file."""

    def add(entry: Entry) -> None:
        (entry.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (entry.folder / name).write_bytes(content)

    return add


HOSTILE: dict[str, tuple[Any, str]] = {
    "nesting": (deep, "no strict JSON"),
    "gzip bomb": (bomb, "it expands to more than 8 MiB"),
    "symbolic link": (linked, "a link, device or other thing"),
    "linked folder": (linked_folder, "a link, device or other thing"),
    "hard link": (hard_linked, "a hard link"),
    "pipe": (pipe, "a link, device or other thing"),
    "many files": (crowded, "more than 128 files"),
    "a file too large": (file(f"{TASK}.json", b" " * 300_000), "at most 262,144 are read"),
    "code": (file("cardiobench/adapter/modeling.py", b"1/0"), "no file of this kind"),
    "git attributes": (file(".gitattributes", b"* filter=x"), "no file of this kind"),
    "new line in a name": (file("a\n::error::x.json", b"{}"), "no file of this kind"),
    "deep folders": (file("a/b/c/d/e.json", b"{}"), "a link, device or other thing"),
    "path in a name": (manifest(name="../../../etc/x"), "field model.name"),
    "parent as revision": (manifest(revision=".."), "field model.revision"),
    "cyrillic name": (manifest(name="sentence-transformers/\u0430ll-MiniLM-L6-v2"), "ASCII"),
    "look-alike": (manifest(name="sentence-transformers/a1l-MiniLM_L6-v2"), "looks like"),
    "other folder": (manifest(name="example/elsewhere"), "the entry of example/elsewhere lies in"),
    "pipe character": (manifest(licence="mit | best"), "markup in a text"),
    "backticks": (manifest(licence="`mit`"), "markup in a text"),
    "script": (manifest(licence="<script>alert(1)</script>"), "markup in a text"),
    "script address": (manifest(licence="[mit](javascript:alert(1))"), "markup in a text"),
    "LaTeX": (manifest(licence="\\input{/etc/passwd}"), "markup in a text"),
    "right-to-left mark": (manifest(licence="mit\u202e"), "not printable ASCII"),
    "terminal codes": (manifest(licence="\x1b[2Jmit"), "not printable ASCII"),
    "long text": (manifest(licence="m" * 1_000), "more than 300 characters"),
    "no such field": (manifest(best="yes"), "field model.best"),
    "number without end": (manifest(parameters=10**400), "out of range"),
    "loader options": (meta(loader_kwargs={"trust_remote_code": True}), "loader_kwargs"),
    "script in meta": (meta(reference="javascript:alert(1)"), "script address"),
    "address": (manifest(licence="mit, see https://example.org"), "an address in a text"),
    "address without scheme": (manifest(licence="mit, see www.example.org"), "an address"),
    "executable": (lambda entry: entry.manifest_path.chmod(0o755), "an executable file"),
    "reference": (meta(reference="http://example.org"), "https address"),
    "meta that mteb refuses": (meta(n_parameters="many"), "field n_parameters"),
    "files outside": (record(files={"../../secret": "0" * 64}), "is not there or was refused"),
    "adapter address": (record(adapter="../x@main"), "field adapter"),
    "baseline": (manifest(kind="baseline"), "baselines are"),
    "verification of its own": (
        file(
            "cardiobench/verification.json",
            b'{"submission_sha256": "' + b"0" * 64 + b'", '
            b'"recomputed": "2026-01-01", "rerun": "2026-01-01", "cardiobench": "9"}',
        ),
        "only maintainers write",
    ),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_every_attack_is_refused_and_the_board_stays(
    attack: str, entry: Entry, verifier: Verifier
) -> None:
    """One line each, whatever it was; no file anywhere is written."""
    before = board_bytes()
    spoil, word = HOSTILE[attack]
    spoil(entry)
    if attack not in ("files outside", "adapter address"):
        sign(entry)
    refused(verifier.verify(entry.folder), word)
    assert board_bytes() == before


def test_pickles_are_refused_unread(entry: Entry, verifier: Verifier, tmp_path: Path) -> None:
    """By their kind, and where they lie under a name of a kind that is known."""
    trace = tmp_path / "it ran"
    poison = pickle.dumps(Explosive(trace))
    for name in ("cardiobench/adapter/adapter_model.bin", "cardiobench/adapter/training_args.bin"):
        file(name, poison)(entry)
    refused(verifier.verify(entry.folder), "no file of this kind belongs to an entry")
    entry.predictions_path(TASK).write_bytes(poison)
    sign(entry)
    refused(verifier.verify(entry.folder), "no gzip file")
    assert not trace.exists()


def test_an_adapter_cannot_name_modules_to_import(tmp_path: Path, verifier: Verifier) -> None:
    """Neither through sentence-transformers' modules.json nor through peft's options."""
    found = submission(tmp_path, ADAPTED, tasks=(TASK,))
    edit(found.adapter_folder / "modules.json", lambda m: m[0].update(type="os.system"))
    sign(found)
    refused(verifier.verify(found.folder), "a class outside sentence_transformers")
    edit(
        found.adapter_folder / "adapter_config.json",
        lambda m: m.update(megatron_config={"x": 1}, megatron_core="antigravity"),
    )
    sign(found)
    refused(verifier.verify(found.folder), "is not supported")


def test_a_manifest_that_breaks_the_board_is_refused(tmp_path: Path) -> None:
    """The schema leaves recipes and audits free; whoever builds the board must not pay for it."""
    found = submission(tmp_path, ADAPTED, tasks=(TASK,))
    edit(found.manifest_path, lambda m: m["training"]["audit"].update(near_duplicates={"items": 5}))
    sign(found)
    # A board that publishes nothing on the same pairs: there, nobody knows what the audit must be.
    (tmp_path / "first").mkdir()
    verifier = Verifier(tmp_path / "first")
    refused(verifier.verify(found.folder), "no board can be made with it")


def test_a_link_in_place_of_an_entry_is_refused(entry: Entry, verifier: Verifier) -> None:
    """Also where it leads to a good one."""
    link = entry.folder.parent / "other"
    link.symlink_to(entry.folder)
    refused(verifier.verify(link), "no plain folder")


def test_a_bomb_costs_no_more_than_the_limit() -> None:
    """A gigabyte is never held, nor made."""
    bomb = gzip.compress(b"\0" * 200_000_000)
    tracemalloc.start()
    with pytest.raises(RefusedError):
        expand("p", bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * MAX_EXPANDED_BYTES


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.binary(max_size=2_000))
def test_no_bytes_crash_the_readers(content: bytes) -> None:
    """They are read, or refused with a finding."""
    for read in (lambda: parse_json("f", content), lambda: expand("f", content)):
        refusal = None
        try:
            read()
        except RefusedError as error:
            refusal = error.finding
        assert refusal is None or refusal.line().isprintable()


@given(JSON)
def test_json_is_read_as_it_is_or_refused(value: Any) -> None:
    """Strict JSON survives; NaN, infinity and numbers without bounds do not."""
    try:
        assert parse_json("f", json.dumps(value).encode()) == value
    except RefusedError:
        text = json.dumps(value)
        assert any(sign in text for sign in ("NaN", "Infinity", "e+", "[[[[")) or len(text) > 40


@given(st.text(), st.text(), st.text())
def test_lines_are_printable_whatever_is_in_them(file: str, said: str, remedy: str) -> None:
    """File names are from outside; they cannot end a line or move a cursor."""
    line = Finding(file, "x", "y").line()
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 200


@given(st.text())
def test_texts_for_the_board_hold_no_markup(text: str) -> None:
    """What passes holds none of the characters that Markdown tables, HTML and LaTeX know."""
    if wrong_with_text(text) is None:
        assert text.isascii()
        assert not set(text) & set("<>|`\\{}$\n")


@given(st.text(alphabet="il1o0rnmvw-_.sz52", min_size=1), st.data())
def test_swapped_letters_look_alike(name: str, data: Any) -> None:
    """Case, l for 1, O for 0 and separators leave the skeleton as it is."""
    swaps = {"l": "1", "1": "I", "0": "O", "o": "0", "-": "_", "_": "."}
    place = data.draw(st.integers(0, len(name) - 1))
    other = name[:place] + swaps.get(name[place], name[place].upper()) + name[place + 1 :]
    assert skeleton(other) == skeleton(name)
    assert look_alike(other, [name]) == (name if other != name else None)


KNOWN = ("sentence-transformers/all-MiniLM-L6-v2", "intfloat/e5-base-v2", "a/m-quick-seed0")


@pytest.mark.parametrize(
    "name",
    [
        "sentence-transfomers/all-MiniLM-L6-v2",
        "sentence-transformer/all-MiniLM-L6-v2",
        "sentence-transformers/all-MiniLM-L6-v3",
        "sentence-transformers/all-MinLiM-L6-v2",
        "sentence-transformers/all-MiniLM-L6-v22",
        "sentencetransformers/allMiniLML6v2",
        "someone-else/all-minilm-l6-v2",
        "intfIoat/e5-base-v1",
        "intfloat/e5-bsae-v2",
    ],
)
def test_names_that_are_nearly_known_are_shown(name: str) -> None:
    """One or two letters off, letters swapped, or the same under another owner."""
    assert near_name(name, KNOWN) in KNOWN


@pytest.mark.parametrize("name", [*KNOWN, "a/m-quick-seed1", "b/other-model", "intfloat/e5-large"])
def test_names_of_their_own_are_not(name: str) -> None:
    """Nor seeds of one recipe."""
    assert near_name(name, KNOWN) is None


def test_models_that_mteb_knows_are_among_the_known(tmp_path: Path, judge: Any) -> None:
    """Without a network."""
    near = submission(tmp_path, alias="intfloat/e5-bas-v2", tasks=(TASK,))
    said = [f.said for f in judge(near).findings]
    assert "the name intfloat/e5-bas-v2 is near that of intfloat/e5-base-v2" in said


@given(st.text(max_size=60))
def test_no_path_leads_out_of_an_entry(path: str) -> None:
    """Kinds are whole names: no parent, no absolute path, no hidden file."""
    if kind_of(path) is not None:
        assert ".." not in path.split("/")
        assert not path.startswith(("/", "."))
        assert path.isascii()


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_random_damage_never_crashes_and_never_passes(
    data: Any, entry: Entry, verifier: Verifier
) -> None:
    """Any file of an entry with any JSON in it: a report, and a refusal."""
    files = sorted(p for p in entry.folder.rglob("*.json") if p.name != "submission.json")
    path = data.draw(st.sampled_from(files))
    before = path.read_bytes()
    try:
        path.write_text(json.dumps(data.draw(JSON)))
        sign(entry)
        report = verifier.verify(entry.folder)
        assert not report.good
        assert all(line.isprintable() for line in report.lines())
        assert report.fault is None, report.fault
    finally:
        path.write_bytes(before)
        sign(entry)


def test_listing_stops_early(tmp_path: Path) -> None:
    """A folder with more than may be read is not read to its end."""
    for number in range(3 * MAX_FILES):
        (tmp_path / f"T{number}.json").touch()
    sizes, findings = list_files(tmp_path)
    assert len(sizes) <= MAX_FILES
    assert "more than" in findings[-1].said
