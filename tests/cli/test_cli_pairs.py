"""``cardiobench pairs``: counts, shows and exports; mistakes are one line before any work."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cardiobench.cli.pairs import command
from cardiobench.pairs.files import read_pairs

PROBE = """
import sys
from cardiobench.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as stop:
    code = stop.code
heavy = {"datasets", "mteb", "peft", "sentence_transformers", "sklearn", "torch", "transformers"}
sys.stdout.write("LOADED:" + ",".join(sorted(heavy & sys.modules.keys())))
sys.exit(code)
"""


def probe(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, and which heavy libraries it loaded."""
    return subprocess.run(
        [sys.executable, "-c", PROBE, "pairs", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def output(*arguments: str) -> str:
    done = CliRunner().invoke(command, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def count(text: str, row: str) -> int:
    found = re.search(rf"^{re.escape(row)}  +([\d,]+)", text, re.MULTILINE)
    assert found, f"no row {row!r} in:\n{text}"
    return int(found[1].replace(",", ""))


def test_help_loads_nothing_heavy(tmp_path):
    """And names every option."""
    done = probe("--help", folder=tmp_path)
    assert done.returncode == 0
    for option in ("relation", "source", "scope", "file", "negatives", "mine", "export", "show"):
        assert f"--{option}" in done.stdout
    assert done.stdout.endswith("LOADED:")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--relation", "is_a"], "Did you mean 'is-a'?"),
        (["--source", "icd"], "Available: documents, hpo, hpo-annotations, icd10cm"),
        (["--scope", "heart"], "is none of cardiology, medicine"),
        (["--file", "absent.jsonl"], "there is no file absent.jsonl"),
        (["--file", "absent.txt"], "neither a .jsonl"),
        (["--file", "data/absent.jsonl.gz"], "is not there (no such file)"),
        (["--file", "caf\udce9.csv"], r"The argument 'caf\xe9.csv' is not UTF-8 text"),
        (["--negatives", "sibling"], "Did you mean 'siblings'?"),
        (["--mine", "minilmm"], "Did you mean 'minilm'?"),
        (["--export", "pairs.xlsx"], "must end in .jsonl, .csv, .parquet"),
        (["--recipe", "quik"], "Did you mean 'quick'?"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_line_and_loads_nothing_heavy(tmp_path, arguments, message):
    """Exit code 2, what is allowed, no traceback, nothing written."""
    done = probe(*arguments, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: ")
    assert message in done.stderr
    assert done.stdout == "LOADED:"
    assert list(tmp_path.iterdir()) == []


def test_the_counts_are_those_of_what_is_exported(tmp_path):
    """By relation and source, the audit adding up; the file holds as many rows."""
    path = tmp_path / "pairs.jsonl"
    arguments = ["--relation", "is-a", "--relation", "inclusion-term", "--source", "all"]
    text = output(*arguments, "--export", str(path))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert count(text, "together") == count(text, "kept") == len(rows) > 700
    for relation in ("is-a", "inclusion-term"):
        assert count(text, relation) == sum(row["relation"] == relation for row in rows)
    assert count(text, "hpo") == sum(row["concept"].startswith("HP:") for row in rows)
    removed = sum(
        int(number.replace(",", ""))
        for number in re.findall(r"^removed: .*?  +([\d,]+)", text, re.M)
    )
    assert count(text, "built from training concepts") == removed + len(rows)
    again = output("--relation", "is-a", "--file", str(path), "--source", "all")
    assert count(again, "pairs.jsonl") > 0


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_negatives_are_exported_too(tmp_path, suffix):
    """Every row has one, and the file is one that --file takes."""
    path = tmp_path / f"pairs{suffix}"
    text = output("--relation", "is-a", "--negatives", "siblings", "--export", str(path))
    pairs = read_pairs(str(path))
    assert len(pairs) == count(text, "kept")
    assert all(pair.negative for pair in pairs)
    assert count(text, "negative: sibling") > 0.5 * len(pairs)


def test_examples_are_shown_by_seed():
    """The same seed shows the same pairs, another seed others; N of them."""
    base = ["--relation", "is-a", "--show", "5"]
    shown = [output(*base, "--seed", seed).partition("sha256")[2] for seed in ("1", "1", "2")]
    assert shown[0] == shown[1] != shown[2]
    assert shown[0].count("anchor:") == 5


def test_the_recipe_decides_what_is_not_given(tmp_path):
    """A recipe file's relations hold unless --relation says otherwise."""
    recipe = tmp_path / "mine.toml"
    recipe.write_text('relations = ["synonym-synonym"]\n')
    text = output("--recipe", str(recipe))
    assert count(text, "synonym-synonym") == count(text, "together")
    assert "is-a" not in text
    assert "is-a" in output("--recipe", str(recipe), "--relation", "is-a")


def test_documents_become_a_file_of_pairs(tmp_path):
    """One command: counted by strategy, with what was left out, and what failed."""
    (tmp_path / "ward.md").write_text(
        "# Flutter\n\n## What causes it?\n\nScars and stretched walls let a circle of current go "
        "round. Fever and surgery may begin it too.\n\nSource: http://www.example.org\n"
    )
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4")
    file = tmp_path / "pairs.parquet"
    shown = output(
        *("--text", str(tmp_path), "--text-name", "ward", "--export", str(file)),
        *("--show-dropped", "3"),
    )
    assert count(shown, "documents") == 2
    assert count(shown, "link or source") == 1
    assert "  Source: http://www.example.org" in shown
    assert "documents: 1 read, 1 failed\n  broken.pdf: damaged" in shown
    assert {pair.anchor for pair in read_pairs(str(file))} == {
        "What causes it?",
        "Scars and stretched walls let a circle of current go round.",
    }


def test_strategies_are_listed_with_examples():
    """And the one that is off says so."""
    listed = output("--strategy", "list")
    assert "cloze: sentence -> the rest of its paragraph" in listed
    assert "paraphrase (off)" in listed
