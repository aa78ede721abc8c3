"""Users' own pairs: read whole or refused with file and line; exports read back."""

import json

import pytest

from cardiobench.errors import CardioBenchError, DataError
from cardiobench.pairs.files import read_pairs, write_pairs
from cardiobench.pairs.hub_sets import load_hub_set
from cardiobench.pairs.origins import check_there, is_known_form
from cardiobench.pairs.pair import OWN, Pair

PAIRS = [
    Pair(anchor='Say "MI", doctor', positive="myocardial\ninfarction", concept="a:1", relation=OWN),
    Pair(anchor="œdème, périphérique", positive="peripheral oedema", concept="a:2", relation=OWN),
]


def refused(path) -> str:
    with pytest.raises(DataError) as caught:
        read_pairs(str(path))
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def parquet(path, columns):
    import pyarrow as pa
    from pyarrow import parquet as pq

    pq.write_table(pa.table(columns), path)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
@pytest.mark.parametrize("negative", ["", "heart failure"])
def test_what_is_exported_reads_back(tmp_path, suffix, negative):
    """Commas, quotes, line ends and accents survive in each format, with and without negatives."""
    import dataclasses

    pairs = [dataclasses.replace(pair, negative=negative) for pair in PAIRS]
    path = tmp_path / f"pairs{suffix}"
    write_pairs(path, pairs)
    found = read_pairs(str(path))
    texts = [(p.anchor, p.positive, p.negative) for p in found]
    assert texts == [(p.anchor, p.positive, p.negative) for p in pairs]
    assert {p.relation for p in found} == {OWN}
    assert len({p.concept for p in found}) == 2
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_row_is_named_after_file_and_line(tmp_path):
    """The line on which a CSV row begins, its header and quoted line ends counted."""
    path = tmp_path / "mine.csv"
    path.write_text('anchor,positive\n"a\nb",c\nd,e\n')
    assert [p.concept for p in read_pairs(str(path))] == ["mine.csv:2", "mine.csv:4"]


def test_other_columns_are_passed_over_and_a_negative_may_be_missing(tmp_path):
    """JSON null, an absent key and an empty cell all mean no negative."""
    path = tmp_path / "mine.jsonl"
    rows = [
        {"anchor": "a", "positive": "b", "negative": "c", "id": 7},
        {"anchor": "d", "positive": "e", "negative": None},
        {"anchor": "f", "positive": "g"},
    ]
    path.write_text("\n\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    assert [p.negative for p in read_pairs(str(path))] == ["c", "", ""]
    path = tmp_path / "mine.csv"
    path.write_text("\ufeffnegative,positive,anchor\n,b,a\nz,d,c\n", encoding="utf-8")
    assert [(p.anchor, p.negative) for p in read_pairs(str(path))] == [("a", ""), ("c", "z")]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"anchor": "a"}', "positive is missing"),
        ('{"anchor": null, "positive": "b"}', "anchor is missing"),
        ('{"anchor": 3, "positive": "b"}', "anchor is 3, not a text"),
        ('{"anchor": " ", "positive": "b"}', "anchor is empty"),
        ('{"anchor": "--", "positive": "b"}', "anchor has no words"),
        ('{"anchor": "a", "positive": "b", "negative": ["c"]}', "negative is"),
        ('{"anchor": "a", "positive": "b \\ud83d"}', "positive has half a character, '\\ud83d'"),
        ('{"anchor": "\\ude00", "positive": "b"}', "anchor has half a character"),
        ('{"anchor": "a", "positive": "b", "negative": "c \\udcff"}', "negative has half"),
        (
            '{"anchor": "a", "x": ' + "[" * 100_000 + "]" * 100_000 + "}",
            "not JSON that can be read",
        ),
        ('{"anchor": ' + "[" * 900 + "]" * 900 + ', "positive": "b"}', "anchor is a list, not"),
        ('{"anchor": "a", "positive": ' + "9" * 5000 + "}", "not JSON"),
    ],
)
def test_a_malformed_row_refuses_the_file_with_its_line(tmp_path, line, problem):
    """The rows around it do not come in either."""
    path = tmp_path / "mine.jsonl"
    path.write_text(f'{{"anchor": "x", "positive": "y"}}\n\n{line}\n', encoding="utf-8")
    message = refused(path)
    assert message.startswith("1 malformed row,")
    assert f"{path}:3: {problem}" in message


def test_the_first_five_malformed_rows_are_spelt_out_and_the_rest_counted(tmp_path):
    """Nobody reads a thousand lines, and none goes unmentioned."""
    path = tmp_path / "mine.csv"
    path.write_text("anchor,positive\n" + ",b\n" * 7 + "a,b\n")
    message = refused(path)
    assert "7 malformed rows" in message
    assert [f"{path}:{n}: anchor is empty" in message for n in range(2, 9)] == [True] * 5 + [
        False
    ] * 2
    assert message.endswith("; and 2 more.")


def test_a_csv_row_of_another_width_and_an_open_quote_are_named(tmp_path):
    """A comma inside an unquoted text would shift the columns."""
    path = tmp_path / "mine.csv"
    path.write_text("anchor,positive\na,b,c\n")
    assert f"{path}:2: 3 columns, where the header has 2" in refused(path)
    path.write_text('anchor,positive\na,b\nc,"d\n')
    assert f"{path}:3: not CSV" in refused(path)


@pytest.mark.parametrize(
    "header", ["anchor,positiv", "query,document", "anchor,positive,anchor", ""]
)
def test_missing_or_repeated_columns_are_named(tmp_path, header):
    """With what was found."""
    path = tmp_path / "mine.csv"
    path.write_text(f"{header}\na,b\n")
    message = refused(path)
    assert "needs the columns anchor and positive" in message
    assert header.replace(",", ", ") in message


def test_parquet_rows_are_counted_from_one(tmp_path):
    """A Parquet file has no lines; numbers in a text column are refused."""
    path = tmp_path / "mine.parquet"
    parquet(path, {"anchor": ["a", None, "c"], "positive": ["x", "y", ""], "more": [1, 2, 3]})
    message = refused(path)
    assert f"{path}:2: anchor is missing" in message
    assert f"{path}:3: positive is empty" in message
    parquet(path, {"anchor": [1], "positive": ["x"]})
    assert f"{path}:1: anchor is 1, not a text" in refused(path)
    parquet(path, {"anchor": ["a"]})
    assert "found: anchor" in refused(path)


def test_bytes_that_are_no_text_or_no_parquet_are_named(tmp_path):
    """One line, no traceback."""
    path = tmp_path / "mine.csv"
    path.write_bytes(b"anchor,positive\na,b\n\xff,c\n")
    assert f"{path}:3: not UTF-8" in refused(path)
    path = tmp_path / "mine.parquet"
    path.write_bytes(b"PAR1 no")
    assert "as Parquet" in refused(path)


@pytest.mark.parametrize("name", ["absent.jsonl", "absent.csv", "absent.parquet"])
def test_a_missing_file_is_named(tmp_path, name):
    """With the cause."""
    assert "No such file" in refused(tmp_path / name)


@pytest.mark.parametrize("text", ["", "anchor,positive\n"])
def test_a_file_without_rows_is_refused(tmp_path, text):
    """An empty training file is a mistake."""
    path = tmp_path / "mine.csv" if text else tmp_path / "mine.jsonl"
    path.write_text(text)
    assert "has no rows" in refused(path)


def test_hub_ids_are_told_from_paths(tmp_path):
    """A path that exists with another suffix is no hub id."""
    other = tmp_path / "mine.tsv"
    other.write_text("a\tb\n")
    assert is_known_form("organisation/name")
    assert is_known_form("organisation/name@main")
    assert is_known_form("organisation/name-v1.0")
    assert not is_known_form(str(other))
    assert not is_known_form("name")
    assert "neither a .jsonl" in refused(other)


@pytest.mark.parametrize(
    "path", ["data/pairs.jsonl.gz", "data/pairs.TSV", "a/b.json", "a/b.xlsx", "a/b.zip", "a/b.txt"]
)
def test_a_file_that_is_not_there_is_no_hub_data_set(path):
    """The message speaks of files, and nothing is asked of the hub."""
    assert "is not there (no such file), and it is neither a .jsonl" in refused(path)


def test_a_folder_and_a_name_that_is_no_text_are_told(tmp_path):
    """Before any work."""
    (tmp_path / "mine.csv").mkdir()
    with pytest.raises(DataError, match=r"mine\.csv is a folder"):
        check_there(str(tmp_path / "mine.csv"))
    with pytest.raises(DataError, match=r"'caf\\udce9\.csv' is not UTF-8"):
        read_pairs(str(tmp_path / "caf\udce9.csv"))


def test_texts_of_parquet_that_are_no_text_are_refused(tmp_path):
    """Arrow does not look into texts when it reads them."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    path = tmp_path / "mine.parquet"
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"a\xff")]
    )
    pq.write_table(pa.table({"anchor": broken, "positive": ["x"]}), path)
    assert "Invalid UTF8" in refused(path)


def test_a_hub_data_set_without_a_network_is_one_line(monkeypatch):
    """It names the data set and what to do instead."""
    import datasets
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    assert "give a .jsonl, .csv or .parquet file" in refused("organisation/none-such")


def test_a_hub_data_set_is_read_from_its_train_split(tmp_path, monkeypatch):
    """Through datasets.load_dataset, here from a data set folder as the hub lays it out."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "organisation" / "name").mkdir(parents=True)
    path = tmp_path / "organisation" / "name" / "train.jsonl"
    path.write_text('{"anchor": "a", "positive": "b"}\n{"anchor": "c", "positive": "d"}\n')
    rows, names, commit = load_hub_set("organisation/name")
    assert [dict(row) for row in rows] == [
        {"anchor": "a", "positive": "b"},
        {"anchor": "c", "positive": "d"},
    ]
    assert list(names) == ["anchor", "positive"]
    assert commit == "unknown", "a folder has none"


@pytest.mark.parametrize("origin", ["organisation/name", "organisation/name@v1.0"])
def test_the_commit_of_a_hub_data_set_stands_in_the_audit(origin, monkeypatch):
    """A name alone moves; what was read does not, and goes into the manifest."""
    import datasets

    from cardiobench.pairs.selection import recipe_pairs
    from cardiobench.training.recipe import Recipe

    asked = []

    class Builder:
        hash = "a1" * 20

        def download_and_prepare(self, **options):
            pass

        def as_dataset(self, split):
            return datasets.Dataset.from_dict({"anchor": ["odd pump"], "positive": ["weak pump"]})

    def builder(name, revision, download_config):
        asked.append((name, revision))
        return Builder()

    monkeypatch.setattr(datasets, "load_dataset_builder", builder)
    found = recipe_pairs(Recipe(name="t", relations=("is-a",), pairs_files=(origin,)))
    assert found.audit.to_json()["hub_commits"] == {origin: "a1" * 20}
    assert asked == [("organisation/name", "v1.0" if "@" in origin else None)]
    assert found.pairs[-1].concept == f"{origin}:1"
    without = recipe_pairs(Recipe(name="t", relations=("is-a",)))
    assert "hub_commits" not in without.audit.to_json()


def test_an_export_needs_a_known_suffix_and_is_whole_or_not_there(tmp_path):
    """A folder that cannot be written leaves what was there."""
    with pytest.raises(DataError, match=r"must end in \.jsonl, \.csv, \.parquet"):
        write_pairs(tmp_path / "pairs.txt", PAIRS)
    (tmp_path / "file").write_text("kept")
    with pytest.raises(CardioBenchError, match="Cannot write"):
        write_pairs(tmp_path / "file" / "pairs.parquet", PAIRS)
    assert (tmp_path / "file").read_text() == "kept"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
