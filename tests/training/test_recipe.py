"""Recipes: presets load, the paper's figures are the paper's, and mistakes name file and line."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.pairs.build import RELATIONS
from cardiobench.training.recipe import Recipe, load_recipe, parse_recipe, recipe_names


def refused(path: Path, text: str) -> str:
    """The message with which a recipe file of this text is refused: always one line."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CardioBenchError) as caught:
        load_recipe(str(path))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_every_preset_loads_under_its_own_name():
    """What --recipe offers works."""
    assert recipe_names() == ["best", "paper", "quick"]
    for name in recipe_names():
        assert load_recipe(name).name == name


def test_the_paper_preset_has_the_figures_of_the_paper():
    """arXiv:2511.19739: what PAPER.md reports, and all relations as data."""
    paper = load_recipe("paper")
    assert (paper.rank, paper.alpha) == (16, 32)
    assert paper.epochs == 2
    assert paper.batch_size == 8
    assert paper.gradient_accumulation > 1
    assert paper.learning_rate == 2e-5
    assert paper.warmup_ratio == 0.1
    assert paper.weight_decay == 0.01
    assert paper.max_seq_length == 512
    assert paper.relations == RELATIONS


def test_the_quick_preset_adapts_the_same_modules_with_the_same_rank():
    """It differs from the paper in what makes it quick, not in the adapter."""
    quick, paper = load_recipe("quick"), load_recipe("paper")
    assert (quick.rank, quick.alpha, quick.epochs) == (paper.rank, paper.alpha, paper.epochs)
    assert quick.max_seq_length < paper.max_seq_length


def test_a_file_of_ones_own_needs_only_what_differs(tmp_path):
    """The rest are the defaults; the name is the file's."""
    path = tmp_path / "wide-v1.toml"
    path.write_text('rank = 64\nepochs = 1\nrelations = ["synonym-name"]\n')
    expected = Recipe(name="wide-v1", rank=64, epochs=1.0, relations=("synonym-name",))
    assert load_recipe(str(path)) == expected


def test_a_recipe_comes_back_from_its_json():
    """The entry's record of a recipe is enough to repeat it."""
    changed = Recipe(
        name="mine", method="ia3", matryoshka_dims=(8, 16), gradient_checkpointing=True
    )
    for recipe in (load_recipe("paper"), changed):
        assert Recipe(**json.loads(json.dumps(recipe.to_json()))) == recipe


def test_fields_that_came_later_do_not_change_the_record_of_an_earlier_recipe():
    """The names and hashes of earlier trainings are made of it: the board's row stays the same."""
    root = Path(__file__).parents[2] / "leaderboard" / "results"
    (manifest,) = root.glob("cardiobench__minilm-quick-seed0/*/cardiobench/manifest.json")
    recorded = json.loads(manifest.read_text())["training"]["recipe"]
    assert load_recipe("quick").to_json() == recorded


def test_a_recipe_cannot_be_changed():
    """A run's recipe is one value from start to end."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_recipe("quick").rank = 8  # type: ignore[misc]


@pytest.mark.parametrize(("typed", "meant"), [("quik", "quick"), ("Paper", "paper")])
def test_an_unknown_recipe_gives_did_you_mean(typed, meant):
    """The presets are listed, and how to give a file is said."""
    with pytest.raises(UnknownNameError, match=f"Did you mean '{meant}'") as caught:
        load_recipe(typed)
    assert str(caught.value).startswith(f"Unknown recipe {typed!r}.")
    assert "paper, quick" in str(caught.value)
    assert ".toml" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    """One line with the path and the cause."""
    path = tmp_path / "absent.toml"
    with pytest.raises(CardioBenchError, match="No such file or directory") as caught:
        load_recipe(str(path))
    assert str(path) in str(caught.value)


def test_a_folder_or_bytes_in_place_of_a_recipe_are_named(tmp_path):
    """Neither gives a traceback."""
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("folder.toml", "bytes.toml"):
        with pytest.raises(CardioBenchError, match=f"Cannot read the recipe .*{name}"):
            load_recipe(str(tmp_path / name))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rank = 16\nalpha 32\n", 2),
        ("rank = 16\n\n\nepochs = \n", 4),
        ("rank = 8\nrank = 16\n", 2),
        ('name = "a\n', 1),
    ],
    ids=["no equals sign", "no value", "twice", "open quote"],
)
def test_what_is_not_toml_names_file_and_line(tmp_path, text, line):
    """The parser's own line is passed on."""
    path = tmp_path / "mine.toml"
    message = refused(path, text)
    assert message.startswith(str(path))
    assert re.search(rf"(line |:){line}\b", message)


@pytest.mark.parametrize(
    ("text", "line", "field", "meant"),
    [
        ("rnak = 8\n", 1, "rnak", "rank"),
        ("rank = 8\n\n# a comment\n  batchsize = 32\n", 4, "batchsize", "batch_size"),
        ("rank=8\nlearning-rate=1e-4\n", 2, "learning-rate", "learning_rate"),
        ('rank = 8\n"epoch" = 3\n', 2, "epoch", "epochs"),
    ],
)
def test_an_unknown_field_names_file_line_and_the_likely_one(tmp_path, text, line, field, meant):
    """The line is the one on which the field stands."""
    path = tmp_path / "mine.toml"
    message = refused(path, text)
    assert message.startswith(f"{path}:{line}: Unknown field {field!r}.")
    assert f"Did you mean {meant!r}?" in message


def test_a_table_is_an_unknown_field_with_its_line(tmp_path):
    """Fields stand at the top level; a section header is refused where it stands."""
    path = tmp_path / "mine.toml"
    message = refused(path, "# mine\nepochs = 1\n\n[lora]\nrank = 8\n")
    assert message.startswith(f"{path}:4: ")
    assert "'lora'" in message


@pytest.mark.parametrize(
    ("text", "line", "field", "wanted"),
    [
        ('epochs = 1\nrank = "16"\n', 2, "rank", "a whole number"),
        ("rank = 16.0\n", 1, "rank", "a whole number"),
        ("rank = true\n", 1, "rank", "a whole number"),
        ("learning_rate = true\n", 1, "learning_rate", "a number"),
        ('learning_rate = "2e-5"\n', 1, "learning_rate", "a number"),
        ("epochs = [2]\n", 1, "epochs", "a number"),
        ("name = 3\n", 1, "name", "a text"),
        ('\nrelations = "synonym-name"\n', 2, "relations", "a list of texts"),
        ("relations = [1, 2]\n", 1, "relations", "a list of texts"),
        ("dropout = 1979-05-27\n", 1, "dropout", "a number"),
    ],
)
def test_a_wrong_type_names_file_line_field_and_type(tmp_path, text, line, field, wanted):
    """No value is quietly turned into another type, true is not 1."""
    path = tmp_path / "mine.toml"
    message = refused(path, text)
    assert message.startswith(f"{path}:{line}: {field} = ")
    assert f"is not {wanted}" in message


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("epochs = 1\nrank = 0\n", 2, "rank"),
        ("rank = 513\n", 1, "rank"),
        ('"rank" = 0\n', 1, "rank"),
        ("alpha = 0\n", 1, "alpha"),
        ("dropout = 1.0\n", 1, "dropout"),
        ("dropout = -0.1\n", 1, "dropout"),
        ("epochs = 0\n", 1, "epochs"),
        ("\n\nbatch_size = 1\n", 3, "batch_size"),
        ("gradient_accumulation = 0\n", 1, "gradient_accumulation"),
        ("learning_rate = nan\n", 1, "learning_rate"),
        ("learning_rate = inf\n", 1, "learning_rate"),
        ("learning_rate = 0\n", 1, "learning_rate"),
        ("warmup_ratio = 1.5\n", 1, "warmup_ratio"),
        ("weight_decay = -1\n", 1, "weight_decay"),
        ("scale = 0\n", 1, "scale"),
        ("max_seq_length = 1\n", 1, "max_seq_length"),
        ("rank = 8\nrelations = []\n", 2, "relations"),
    ],
)
def test_a_value_out_of_range_names_file_line_and_field(tmp_path, text, line, field):
    """A batch of one pair has no negatives, a NaN learning rate no meaning."""
    path = tmp_path / "mine.toml"
    assert re.match(rf"{re.escape(str(path))}:{line}: {field}\b", refused(path, text))


def test_an_unknown_relation_names_file_line_and_the_likely_one(tmp_path):
    """The line is that of the list, or one of its own lines."""
    path = tmp_path / "mine.toml"
    message = refused(path, 'rank = 8\nrelations = ["name-defintion"]\n')
    assert message.startswith(f"{path}:2: ")
    assert "relation" in message
    assert "Did you mean 'name-definition'?" in message


@pytest.mark.parametrize("name", ["../../elsewhere", "a/b", "my recipe", "", "a\\nb", ".."])
def test_a_name_that_cannot_be_part_of_a_model_name_is_refused(tmp_path, name):
    """The adapted model is named after it, on disk and on the board: refused before training."""
    path = tmp_path / "mine.toml"
    message = refused(path, f'rank = 8\nname = "{name}"\n')
    assert message.startswith(f"{path}:2: name")


def test_a_file_name_that_cannot_be_part_of_a_model_name_is_refused(tmp_path):
    """The remedy, a name field, is at hand; a run does not fail at its end instead."""
    path = tmp_path / "my recipe.toml"
    assert "name" in refused(path, "rank = 8\n").removeprefix(str(path))
    path.write_text('name = "mine"\nrank = 8\n')
    assert load_recipe(str(path)).name == "mine"


@pytest.mark.parametrize(
    ("field", "value"), [("rank", "16"), ("rank", 16.5), ("epochs", None), ("relations", "abc")]
)
def test_a_recipe_made_in_python_is_checked_too(field, value):
    """The docstring promises a CardioBenchError that names the field."""
    with pytest.raises(CardioBenchError, match=f"{field}|relation"):
        Recipe(name="mine", **{field: value})


def test_errors_name_the_origin_that_the_caller_gives():
    """A recipe from a text (an entry's record) is named as the caller knows it."""
    with pytest.raises(CardioBenchError, match=r"^entry 7:1: rank = 0 is out of range"):
        parse_recipe("rank = 0", default_name="x", origin="entry 7")


def test_a_byte_order_mark_is_read_over(tmp_path):
    """Some editors write one at the start of a file."""
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbfrank = 8\r\n")
    assert load_recipe(str(path)).rank == 8
