"""Plugins are found, a broken one harms nobody, and two of a name are refused."""

import json
import os
import pkgutil
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cardiobench_plugins
from cardiobench import Architecture, Pooling, hookimpl
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.plugins.registry import Plugins, load_plugins

# What a real third-party module looks like; tests replace parts of it.
HEART = """
from cardiobench import Architecture, Pooling, hookimpl

HEART = Architecture(
    name="heart-bert",
    checkpoint="example/heart-bert",
    revision="0123456789abcdef0123456789abcdef01234567",
    pooling=Pooling.CLS,
    lora_targets=("query", "value"),
    max_seq_length=128,
    embedding_dim=768,
    parameters=110_000_000,
    licence="mit",
)


@hookimpl
def cardiobench_architectures():
    return [HEART]
"""

LIST = """
import json
from dataclasses import asdict
from cardiobench.plugins.registry import load_plugins
plugins = load_plugins()
print(json.dumps({
    "architectures": {s.name: [p.plugin, p.distribution] for s, p in plugins.architectures()},
    "problems": [asdict(problem) for problem in plugins.problems],
}))
"""

CLI = "from cardiobench.cli.main import main; main()"


def install(site: Path, distribution: str, module: str, source: str, entry: str = "") -> None:
    """Lay a package out as pip does: the module, and a .dist-info with its entry points."""
    package = site / module
    package.mkdir()
    (package / "__init__.py").write_text(source)
    info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    target = entry or f"{distribution} = {module}"
    (info / "entry_points.txt").write_text(f"[cardiobench]\n{target}\n")


def python(site: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a fresh interpreter that has the packages of ``site`` installed."""
    path = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def listing(site: Path) -> dict[str, Any]:
    """What a fresh interpreter discovers."""
    done = python(site, LIST)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def spec(name: str) -> Architecture:
    return Architecture(
        name=name,
        checkpoint=f"example/{name}",
        revision="0123456789abcdef0123456789abcdef01234567",
        pooling=Pooling.MEAN,
        lora_targets=("query", "value"),
        max_seq_length=128,
        embedding_dim=384,
        parameters=1_000_000,
        licence="mit",
    )


def module(**functions: Callable[..., object]) -> types.ModuleType:
    """A module with these functions as hook implementations."""
    made = types.ModuleType("made_in_a_test")
    for name, function in functions.items():
        setattr(made, name, hookimpl(function))
    return made


def only_problem(plugins: Plugins) -> str:
    assert len(plugins.problems) == 1
    return str(plugins.problems[0])


def test_every_built_in_file_is_found_without_a_problem():
    """A new file in cardiobench_plugins is a new plugin; none of ours is broken."""
    files = {info.name for info in pkgutil.iter_modules(cardiobench_plugins.__path__)}
    plugins = load_plugins()
    providers = {p.plugin for _, p in plugins.architectures() if p.distribution == "cardiobench"}
    # What an endpoint serves is named when it is chosen.
    assert providers == files - {"endpoint"} >= {"minilm", "bge_small"}
    assert not [problem for problem in plugins.problems if problem.plugin in files]


def test_the_built_in_architectures_are_the_published_models():
    """The two that ship are pinned to a commit of the checkpoint they name."""
    plugins = load_plugins()
    minilm, bge = plugins.architecture("minilm"), plugins.architecture("bge-small")
    assert minilm.checkpoint == "sentence-transformers/all-MiniLM-L6-v2"
    assert bge.checkpoint == "BAAI/bge-small-en-v1.5"
    assert (minilm.pooling, bge.pooling) == (Pooling.MEAN, Pooling.CLS)
    assert bge.query_prompt == "Represent this sentence for searching relevant passages: "
    assert bge.document_prompt == ""
    assert minilm.carried is not None
    assert minilm.carried.sha256.startswith("53aa51172d142c89d9012cce15ae4d6c")
    for revision in (minilm.revision, bge.revision):
        assert len(revision) == 40
        assert int(revision, 16) > 0


def test_architectures_are_listed_by_name_whatever_the_order_of_plugins():
    """pluggy asks the last registered first; the listing does not show that."""
    plugins = Plugins()
    plugins.add("one", module(cardiobench_architectures=lambda: [spec("b"), spec("d")]), "one")
    plugins.add("two", module(cardiobench_architectures=lambda: [spec("c"), spec("a")]), "two")
    names = [(s.name, p.plugin, p.distribution) for s, p in plugins.architectures()]
    assert names == [
        ("a", "two", "two"),
        ("b", "one", "one"),
        ("c", "two", "two"),
        ("d", "one", "one"),
    ]
    assert plugins.problems == []


def test_a_third_party_package_is_discovered_by_its_entry_point(tmp_path):
    """pip install is all: the architecture is listed under the distribution it came from."""
    install(tmp_path, "acme-heart", "acme_heart", HEART)
    found = listing(tmp_path)
    assert found["architectures"]["heart-bert"] == ["acme-heart", "acme-heart"]
    assert {"minilm", "bge-small"} <= set(found["architectures"])
    assert found["problems"] == []
    done = python(tmp_path, CLI, "plugins")
    assert done.returncode == 0
    row = next(line for line in done.stdout.splitlines() if line.startswith("heart-bert"))
    assert row.split() == [
        *("heart-bert", "encoder", "110.0", "768", "cls", "mit", "hub", "example/heart-bert"),
        *("acme-heart", "acme-heart", "1.0"),  # plugin, package, version
    ]
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import no_such_backend\n", "No module named 'no_such_backend'"),
        ("raise RuntimeError('needs CUDA 99')\n", "needs CUDA 99"),
        ("import sys\nsys.exit('no licence key')\n", "no licence key"),
        ("def broken(:\n", "invalid syntax"),
        (HEART.replace("max_seq_length=128", "max_seq_length=0"), "max_seq_length=0"),
        (HEART.replace("return [HEART]", "raise OSError('no model list')"), "no model list"),
        (HEART.replace("return [HEART]", "raise SystemExit('no token')"), "no token"),
        (HEART.replace("cardiobench_arch", "cardiobench_ark"), "cardiobench_arkitectures"),
    ],
    ids=["import", "raise", "exit", "syntax", "field", "hook raises", "hook exits", "misspelt"],
)
def test_a_broken_plugin_is_reported_and_the_rest_goes_on(tmp_path, source, cause):
    """Name, cause and remedy are said; sound plugins before and after it still work."""
    install(tmp_path, "acme-heart", "acme_heart", HEART.replace("heart-bert", "acme-bert"))
    install(tmp_path, "broken-heart", "broken_heart", source)
    install(tmp_path, "zeta-heart", "zeta_heart", HEART.replace("heart-bert", "zeta-bert"))
    done = python(tmp_path, CLI, "plugins")
    assert done.returncode == 0, done.stderr
    names = {line.split()[0] for line in done.stdout.splitlines()[2:]}
    assert {"minilm", "bge-small", "acme-bert", "zeta-bert"} <= names
    assert "heart-bert" not in names
    assert "Traceback" not in done.stderr
    (problem,) = done.stderr.splitlines()
    assert problem.startswith("Problem: plugin broken-heart: ")
    assert cause in problem
    found = listing(tmp_path)["problems"]
    assert [p["plugin"] for p in found] == ["broken-heart"]
    assert found[0]["remedy"]


def test_a_long_cause_is_reported_on_one_line(tmp_path):
    """Libraries raise ImportErrors of many lines; a report stays one line."""
    install(tmp_path, "broken-heart", "broken_heart", "raise ImportError('first\\n\\n  second')\n")
    done = python(tmp_path, CLI, "plugins")
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 1
    assert "first" in done.stderr
    assert "second" in done.stderr


def test_an_entry_point_that_points_nowhere_is_reported(tmp_path):
    """A typing error in pyproject.toml is told to the plugin's author."""
    install(tmp_path, "acme-heart", "acme_heart", HEART, entry="heart = acme_heart.absent")
    done = python(tmp_path, CLI, "plugins")
    assert done.returncode == 0
    assert "Problem: plugin heart: ModuleNotFoundError" in done.stderr
    assert "acme_heart.absent" in done.stderr
    assert "acme-heart" in done.stderr


def test_a_pooling_given_as_text_does_not_break_the_listing(tmp_path):
    """Whether it is taken or refused, `cardiobench plugins` answers."""
    install(tmp_path, "acme-heart", "acme_heart", HEART.replace("Pooling.CLS", '"cls"'))
    done = python(tmp_path, CLI, "plugins")
    assert done.returncode == 0, done.stderr
    assert "heart-bert" in done.stdout + done.stderr


def test_an_architecture_that_is_already_there_is_refused_naming_both(tmp_path):
    """A third party cannot quietly replace a built-in; the report says who clashes."""
    install(tmp_path, "acme-heart", "acme_heart", HEART.replace("heart-bert", "minilm"))
    found = listing(tmp_path)
    assert found["architectures"]["minilm"] == ["minilm", "cardiobench"]
    (problem,) = found["problems"]
    assert problem["plugin"] == "acme-heart"
    assert "'minilm' is already supplied by plugin minilm (cardiobench)" in problem["cause"]
    assert "the one of acme-heart (acme-heart) is refused" in problem["cause"]
    assert problem["remedy"]


def test_two_third_party_architectures_of_one_name_are_refused_naming_both(tmp_path):
    """The first by name stays, the second is reported; other architectures are untouched."""
    install(tmp_path, "acme-heart", "acme_heart", HEART)
    install(tmp_path, "zeta-heart", "zeta_heart", HEART)
    found = listing(tmp_path)
    assert found["architectures"]["heart-bert"] == ["acme-heart", "acme-heart"]
    (problem,) = found["problems"]
    assert "acme-heart" in problem["cause"]
    assert "zeta-heart" in problem["cause"]


def test_two_plugins_of_one_name_are_reported_with_both_distributions(tmp_path):
    """A third-party entry point called like a built-in: the user learns which package to mend."""
    install(tmp_path, "acme-heart", "acme_heart", HEART, entry="minilm = acme_heart")
    found = listing(tmp_path)
    assert found["architectures"]["minilm"] == ["minilm", "cardiobench"]
    (problem,) = found["problems"]
    said = f"{problem['cause']} {problem['remedy']}"
    assert "minilm" in said
    assert "acme-heart" in said
    assert "ename" in problem["remedy"]


def test_one_plugin_with_two_architectures_of_one_name_is_reported():
    """The first stays."""
    plugins = Plugins()
    plugins.add("twins", module(cardiobench_architectures=lambda: [spec("a"), spec("a")]), "d")
    assert "'a' is already supplied by plugin twins" in only_problem(plugins)
    assert [s.name for s, _ in plugins.architectures()] == ["a"]


def test_a_misspelt_hook_is_an_error_that_names_the_hook_and_the_manual():
    """pluggy alone would pass it over in silence."""
    plugins = Plugins()
    plugins.add("typo", module(cardiobench_architecture=lambda: [spec("a")]), "typo")
    problem = only_problem(plugins)
    assert "unknown hook 'cardiobench_architecture'" in problem
    assert "hookspecs.py" in problem
    assert plugins.architectures() == []


def test_a_hook_with_a_misspelt_argument_is_an_error_that_names_it():
    """The argument that the hook does not have is in the report; the plugin is not used at all."""
    made = module(
        cardiobench_architectures=lambda: [spec("a")],
        cardiobench_build_encoder=lambda archtecture: None,
    )
    plugins = Plugins()
    plugins.add("typo", made, "typo")
    problem = only_problem(plugins)
    assert "cardiobench_build_encoder" in problem
    assert "archtecture" in problem
    assert "\n" not in problem
    assert plugins.architectures() == []


def test_a_plugin_after_a_misspelt_one_still_works():
    """The refused plugin leaves nothing behind that would refuse the next."""
    plugins = Plugins()
    plugins.add("typo", module(cardiobench_architecture=lambda: [spec("a")]), "typo")
    plugins.add("sound", module(cardiobench_architectures=lambda: [spec("b")]), "sound")
    assert [s.name for s, _ in plugins.architectures()] == ["b"]
    assert only_problem(plugins).startswith("plugin typo:")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (42, "int"),
        ("minilm", "str"),
        ([{"name": "minilm"}], "dict"),
        ([spec("a"), "b"], "str"),
        (None, "None"),
    ],
)
def test_a_hook_that_returns_something_else_is_reported_with_the_type(answer, kind):
    """A forgotten `return` (None) is told too; nothing of the answer is taken."""
    plugins = Plugins()
    plugins.add("odd", module(cardiobench_architectures=lambda: answer), "odd")
    problem = only_problem(plugins)
    assert problem.startswith("plugin odd: ")
    assert kind in problem
    assert "cardiobench_architectures" in problem
    assert plugins.architectures() == []


def test_a_hook_may_return_a_generator_or_one_architecture():
    """Any iterable of architectures will do."""
    plugins = Plugins()
    plugins.add("many", module(cardiobench_architectures=lambda: (spec(n) for n in "ab")), "many")
    plugins.add("one", module(cardiobench_architectures=lambda: spec("c")), "one")
    assert [s.name for s, _ in plugins.architectures()] == ["a", "b", "c"]
    assert plugins.problems == []


def test_an_unknown_architecture_gives_did_you_mean():
    """The message holds the guess and everything that could be typed."""
    with pytest.raises(UnknownNameError, match="Did you mean 'minilm'") as caught:
        load_plugins().architecture("minlm")
    message = str(caught.value)
    assert message.startswith("Unknown architecture 'minlm'.")
    assert "bge-small" in message
    assert isinstance(caught.value, CardioBenchError)


def test_a_name_like_no_other_gets_the_list_without_a_guess():
    """A wild guess would mislead."""
    with pytest.raises(UnknownNameError, match="Available: ") as caught:
        load_plugins().architecture("zzz")
    assert "Did you mean" not in str(caught.value)


def test_an_architecture_whose_plugin_is_broken_is_explained(tmp_path):
    """Asking for it says why its plugin could not be used."""
    install(tmp_path, "heart-bert", "heart_bert", "import no_such_backend\n")
    done = python(tmp_path, CLI, "run", "--model", "heart-bert", "--output", "/proc/nope")
    assert done.returncode == 2
    error = next(line for line in done.stderr.splitlines() if line.startswith("Error:"))
    assert "Unknown architecture 'heart-bert'" in error
    assert "no_such_backend" in error


def test_the_first_plugin_with_an_answer_builds_the_encoder():
    """A plugin answers for its own architecture only; without any answer the host loads it."""
    mine, calls = spec("mine"), []

    def build(architecture: Architecture, device: str | None) -> object:
        calls.append((architecture.name, device))
        return "the encoder" if architecture == mine else None

    plugins = Plugins()
    plugins.add("mine", module(cardiobench_build_encoder=build), "mine")
    plugins.add("other", module(cardiobench_architectures=lambda: [mine, spec("a")]), "other")
    built = plugins.build_encoder(mine, device="cpu", trust_remote_code=False)
    assert built == "the encoder"  # type: ignore[comparison-overlap]
    assert plugins.build_encoder(spec("a"), device=None, trust_remote_code=False) is None
    assert calls == [("mine", "cpu"), ("a", None)]
    assert plugins.problems == []
