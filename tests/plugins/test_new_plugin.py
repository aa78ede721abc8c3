"""`cardiobench new-plugin` writes a package that installs and works as it is."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cardiobench.errors import CardioBenchError
from cardiobench.models.local_weights import weights_place
from cardiobench.plugins.architecture import Architecture, Pooling
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.template import Facts, check_name, facts_of, write_plugin

CLI = "from cardiobench.cli.main import main; main()"


def new_plugin(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command, typed in a folder."""
    return subprocess.run(
        [sys.executable, "-c", CLI, "new-plugin", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_written_package_installs_and_is_listed(
    new_environment: Callable[[], Any], tmp_path: Path
) -> None:
    """Write, `pip install`, `cardiobench plugins`: no edit between them, no problem reported."""
    done = new_plugin(tmp_path, "heart-bert")
    assert (done.returncode, done.stderr) == (0, "")
    assert "pip install -e 'heart-bert[test]'" in done.stdout
    assert "cardiobench run --model heart-bert" in done.stdout
    environment = new_environment()
    environment.install(tmp_path / "heart-bert")
    listed = environment.cardiobench("plugins")
    assert listed.stderr == ""
    (row,) = [line for line in listed.stdout.splitlines() if line.startswith("heart-bert")]
    assert "BAAI/bge-base-en-v1.5" in row
    assert row.split()[-3:] == ["heart-bert", "cardiobench-heart-bert", "0.1.0"]
    run = environment.cardiobench("run", "--model", "heart-bert", folder=tmp_path)
    assert "Cannot load BAAI/bge-base-en-v1.5: the hub is out of reach" in run.stderr


def test_the_written_specification_is_the_published_model(tmp_path: Path) -> None:
    """The facts are those of BGE-base's card; its tests use the conformance kit."""
    files = write_plugin("heart.bert-2", tmp_path / "new", Facts())
    assert Path("cardiobench_heart_bert_2.py") in files
    source = (tmp_path / "new" / "cardiobench_heart_bert_2.py").read_text()
    names: dict[str, Any] = {}
    exec(compile(source, "written", "exec"), names)  # noqa: S102
    (spec,) = names["cardiobench_architectures"]()
    assert isinstance(spec, Architecture)
    assert (spec.name, spec.checkpoint) == ("heart.bert-2", "BAAI/bge-base-en-v1.5")
    assert spec.revision == "a5beb1e3e68b9ab74eb54cfd186867f64f240e1a"
    assert (spec.pooling, spec.embedding_dim, spec.parameters) == (Pooling.CLS, 768, 109_482_240)
    project = tomllib.loads((tmp_path / "new" / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["cardiobench"] == {"heart.bert-2": "cardiobench_heart_bert_2"}
    test = (tmp_path / "new" / "tests" / "test_plugin.py").read_text()
    assert 'conformance_checks("heart.bert-2")' in test


def test_the_parameters_are_counted_on_the_class_itself() -> None:
    """BERT-base with the pooler, built on the meta device."""
    import torch
    from transformers import BertConfig, BertModel

    with torch.device("meta"):
        model = BertModel(BertConfig())
    counted = sum(p.numel() for p in model.parameters())
    assert counted == int(Facts().parameters)


def test_what_is_not_known_of_a_checkpoint_is_refused_until_it_is_filled_in(tmp_path: Path) -> None:
    """mteb's metadata give revision, length, dimension and licence; the rest must be typed."""
    facts = facts_of("intfloat/e5-base-v2")
    assert facts.revision == '"1c644c92ad3ba1efdad3f1451a637716616a20e8"'
    assert (facts.max_seq_length, facts.embedding_dim, facts.licence) == ("512", "768", '"mit"')
    assert facts.unknown == [
        *("pooling", "query_prompt", "document_prompt", "lora_targets", "parameters", "config"),
    ]
    write_plugin("e5", tmp_path / "e5", facts)
    source = (tmp_path / "e5" / "cardiobench_e5.py").read_text()
    with pytest.raises(CardioBenchError, match="pooling=None is not allowed"):
        exec(compile(source, "written", "exec"), {})  # noqa: S102


def test_a_checkpoint_that_nobody_knows_leaves_every_field_open() -> None:
    """Nothing is made up."""
    facts = facts_of("example/unheard-of")
    assert len(facts.unknown) == 10
    assert facts.checkpoint == "example/unheard-of"


@pytest.mark.parametrize("name", ["Heart", "1heart", "heart bert", "heart--bert", "-heart", ""])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    """The message says what a name is."""
    with pytest.raises(CardioBenchError, match="cannot be a plugin's name: lower case"):
        check_name(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("minilm", "There is a model minilm of plugin minilm (cardiobench)"),
        ("plugins", "A module cardiobench_plugins is installed"),
    ],
)
def test_a_name_that_is_taken_is_refused_in_one_line(tmp_path: Path, name: str, why: str) -> None:
    """A name that is free is proposed; nothing is written."""
    done = new_plugin(tmp_path, name)
    assert done.returncode == 2
    assert done.stderr == f"Error: {why}. Type: cardiobench new-plugin my-{name}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_gives_every_field(
    tiny_folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The written specification is the folder's own; only the licence is the user's to say."""
    from click.testing import CliRunner

    from cardiobench.cli.main import cli
    from cardiobench.models.model_folder import folder_architecture

    folder = tiny_folder()
    monkeypatch.chdir(tmp_path)
    arguments = ["new-plugin", "my-heart", "--from", str(folder), "--pooling", "mean"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert "cardiobench_my_heart.py: licence." in done.output
    arguments += ["--folder", "licensed", "--licence", "mit"]
    assert "Fill in" not in CliRunner().invoke(cli, arguments).output
    names: dict[str, Any] = {}
    exec((tmp_path / "licensed" / "cardiobench_my_heart.py").read_text(), names)  # noqa: S102
    expected = folder_architecture(str(folder), name="local/my-heart", pooling="mean")
    assert names["MODEL"] == replace(expected, licence="mit")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder with something in it is left as it is; an empty one is used."""
    (tmp_path / "mine").mkdir()
    assert new_plugin(tmp_path, "heart", "--folder", "mine").returncode == 0
    before = {path: path.read_bytes() for path in (tmp_path / "mine").rglob("*.*")}
    done = new_plugin(tmp_path, "hearts", "--folder", "mine")
    assert done.returncode == 2
    assert done.stderr == "Error: mine is there already. Choose another with --folder.\n"
    assert {path: path.read_bytes() for path in (tmp_path / "mine").rglob("*.*")} == before


def test_a_checkpoint_that_is_no_hub_id_is_one_line(tmp_path: Path) -> None:
    """Exit code 2, with an example of one."""
    done = new_plugin(tmp_path, "heart", "--checkpoint", "bge-base")
    assert done.returncode == 2
    assert "'bge-base' is not a hub id such as BAAI/bge-base-en-v1.5." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_weights_are_found_in_the_hub_cache_at_their_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Carried, cached, made by the plugin, or to download; a broken download does not count."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    plugins = load_plugins()
    assert weights_place(plugins.architecture("minilm")) == "pip package"
    spec = plugins.architecture("bge-small")
    assert weights_place(spec) == "hub"
    assert weights_place(spec, built_by_plugin=True) == "plugin"
    snapshot = tmp_path / "models--BAAI--bge-small-en-v1.5" / "snapshots" / str(spec.revision)
    snapshot.mkdir(parents=True)
    blob = tmp_path / "blob"
    (snapshot / "model.safetensors").symlink_to(blob)
    assert weights_place(spec) == "hub"
    blob.write_bytes(b"weights")
    assert weights_place(spec) == "hub cache"
    assert weights_place(replace(spec, revision="another")) == "hub"
