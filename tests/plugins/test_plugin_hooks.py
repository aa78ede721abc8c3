"""Tasks, pair sources and recipes from plugins; disabling plugins; the manual of the hooks."""

import ast
import inspect
import os
import re
import subprocess
import sys
import types
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cardiobench import PairSource, TaskSpec, hookimpl
from cardiobench.errors import CardioBenchError, DataError, StageError, UnknownNameError
from cardiobench.pairs.files import supplied_pairs
from cardiobench.pairs.selection import recipe_pairs
from cardiobench.plugins import hookspecs
from cardiobench.plugins.registry import Plugins, load_plugins
from cardiobench.training.recipe import load_recipe, parse_recipe

CLI = "from cardiobench.cli.main import main; main()"
DOCS = Path(__file__).parents[2] / "docs" / "plugins.md"

TASK = TaskSpec(
    name="HeartTask",
    type="Retrieval",
    main_score="ndcg_at_10",
    asks="Does it work?",
    sources=("written",),
    packages=(),
    revision="0" * 40,
    target="heart.task:HeartTask",
)
SOURCE = PairSource(
    name="heart-pairs",
    read=lambda: [("racing pulse", "tachycardia"), ("slow pulse", "bradycardia")],
    licence="cc-by-4.0",
)


def module(**answers: object) -> types.ModuleType:
    """A module with one hook for each answer, without the prefix ``cardiobench_``."""
    made = types.ModuleType("made_in_a_test")
    for name, answer in answers.items():
        setattr(made, f"cardiobench_{name}", hookimpl(lambda answer=answer: answer))
    return made


def with_plugin(name: str = "heart", **answers: object) -> Plugins:
    """The plugins of a process with only this one."""
    plugins = Plugins()
    plugins.add(name, module(**answers), f"{name}-dist", "1.0")
    return plugins


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Plugins], None]:
    """Has the whole of CardioBench see these plugins."""

    def install(plugins: Plugins) -> None:
        monkeypatch.setattr("cardiobench.plugins.registry._discovered", lambda: plugins)

    return install


def supplied_recipes(plugins: Plugins) -> list[str]:
    """Names of the recipes that are not ours."""
    return [recipe.name for recipe, provider in plugins.recipes() if not provider.is_built_in]


def only_problem(plugins: Plugins) -> str:
    """The one problem, as a line."""
    (problem,) = plugins.problems
    return str(problem)


def command(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", CLI, *arguments],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_a_plugin_supplies_is_known_with_its_provider() -> None:
    """A task carries its package's name; sources and recipes stand beside their provider."""
    plugins = with_plugin(tasks=[TASK], pairs=[SOURCE], recipes={"heart": "rank = 4"})
    assert plugins.problems == []
    ((task, provider),) = plugins.tasks()
    assert task == replace(TASK, provider="heart-dist")
    assert task.from_plugin
    assert not TASK.from_plugin
    assert (provider.plugin, provider.distribution, provider.version) == (
        "heart",
        "heart-dist",
        "1.0",
    )
    assert [source for source, _ in plugins.pair_sources()] == [SOURCE]
    assert supplied_recipes(plugins) == ["heart"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"tasks": ["HeartTask"]}, "cardiobench_tasks returned a str, not a cardiobench.TaskSpec"),
        ({"tasks": None}, "cardiobench_tasks returned NoneType"),
        ({"tasks": [replace(TASK, revision="v1")]}, "revision='v1' is not allowed"),
        ({"tasks": [replace(TASK, target="heart.task")]}, "target='heart.task' is not allowed"),
        ({"tasks": [replace(TASK, name="../Heart")]}, "name='../Heart' is not allowed"),
        ({"tasks": [replace(TASK, strata="a_.*")]}, "needs exactly one group"),
        ({"tasks": [replace(TASK, strata="(")]}, "unterminated"),
        ({"pairs": {"heart": []}}, "cardiobench_pairs returned a str, not a cardiobench.PairSour"),
        ({"pairs": 3}, "cardiobench_pairs returned int"),
        ({"recipes": ["quick"]}, "cardiobench_recipes returned list, not a mapping"),
        ({"recipes": {"Heart": ""}}, "the name 'Heart' is not allowed"),
        ({"recipes": {"heart.toml": ""}}, "the name 'heart.toml' is not allowed"),
        ({"recipes": {"heart": 4}}, "heart is of type int, not TOML text"),
    ],
)
def test_a_wrong_answer_is_reported_and_the_plugin_passed_over(
    answers: dict[str, object], said: str
) -> None:
    """One line with the hook, the value and what is allowed; the sound hooks go with it."""
    plugins = with_plugin(**{"recipes": {"sound": ""}, **answers})
    problem = only_problem(plugins)
    assert said in problem
    assert "\n" not in problem
    assert (plugins.tasks(), plugins.pair_sources(), supplied_recipes(plugins)) == ([], [], [])


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ({"tasks": [replace(TASK, name="CardioNegation")]}, "task 'CardioNegation'"),
        ({"pairs": [replace(SOURCE, name="hpo")]}, "pair source 'hpo'"),
        ({"recipes": {"quick": ""}}, "recipe 'quick'"),
    ],
)
def test_the_names_of_our_own_are_taken(answers: dict[str, object], name: str) -> None:
    """A plugin cannot replace what published results are about."""
    plugins = with_plugin(**answers)
    problem = only_problem(plugins)
    assert f"{name} is already supplied by cardiobench itself" in problem
    assert "the one of heart (heart-dist) is refused" in problem


def test_two_plugins_with_one_name_are_both_named() -> None:
    """The first stays; whatever else the second supplies stays too."""
    plugins = with_plugin(tasks=[TASK])
    other = module(tasks=[TASK, replace(TASK, name="OtherTask")])
    plugins.add("other", other, "other-dist")
    problem = only_problem(plugins)
    assert "task 'HeartTask' is already supplied by plugin heart (heart-dist)" in problem
    assert "the one of other (other-dist) is refused" in problem
    assert [(t.name, p.plugin) for t, p in plugins.tasks()] == [
        ("HeartTask", "heart"),
        ("OtherTask", "other"),
    ]


@pytest.mark.parametrize("field", ["name", "read", "licence"])
def test_a_pair_source_checks_its_fields(field: str) -> None:
    """The field and its value are named."""
    with pytest.raises(CardioBenchError, match=f"{field}='' is not allowed"):
        replace(SOURCE, **{field: ""})


def test_a_recipe_selects_a_pair_source_by_name(installed: Callable[[Plugins], None]) -> None:
    """Its pairs are users' own to the audit: counted by source, repeated ones dropped."""
    rows = [("racing pulse", "fast regular beat"), ("fast regular beat", "racing pulse")]
    plugins = with_plugin(pairs=[replace(SOURCE, read=lambda: rows)])
    installed(plugins)
    recipe = parse_recipe('sources = ["heart-pairs"]', default_name="r", origin="r")
    found = recipe_pairs(recipe)
    assert found.audit.by_source == {"heart-pairs": 1}
    assert (found.audit.kept, found.audit.removed_repeated) == (1, 1)
    assert found.pairs[0].concept == "heart-pairs:1"


def test_pairs_of_a_source_pass_the_leak_checks(installed: Callable[[Plugins], None]) -> None:
    """A test text in any spelling drops the pair, as in a user's file."""
    rows = [("Racing pulse!", "tested text"), ("slow pulse", "fine")]
    installed(with_plugin(pairs=[replace(SOURCE, read=lambda: rows)]))
    recipe = parse_recipe('sources = ["heart-pairs"]', default_name="r", origin="r")
    found = recipe_pairs(recipe, held_out_texts=["racing PULSE"])
    assert [pair.anchor for pair in found.pairs] == ["slow pulse"]
    assert found.audit.removed_test_text == 1


def test_an_unknown_source_lists_those_of_plugins(installed: Callable[[Plugins], None]) -> None:
    """Did you mean."""
    installed(with_plugin(pairs=[SOURCE]))
    with pytest.raises(CardioBenchError, match="Did you mean 'heart-pairs'"):
        parse_recipe('sources = ["heart-pair"]', default_name="r", origin="r")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a",)], "heart-pairs:1: not \\(anchor, positive\\)"),
        ([("a", "b"), ("c", "")], "heart-pairs:2: positive is empty"),
        ([("a", 3)], "heart-pairs:1: positive is 3, not a text"),
        (["ab"], "heart-pairs:1: not \\(anchor, positive\\)"),
        ([], "heart-pairs has no rows"),
    ],
)
def test_a_malformed_pair_refuses_the_whole_source(rows: Any, said: str) -> None:
    """Source and row are named."""
    with pytest.raises(DataError, match=said):
        supplied_pairs(replace(SOURCE, read=lambda: rows))


def test_a_source_that_fails_is_one_line() -> None:
    """The cause, and what to do."""

    def fail() -> list[tuple[str, ...]]:
        raise RuntimeError("no database\nat all")

    with pytest.raises(DataError) as caught:
        supplied_pairs(replace(SOURCE, read=fail))
    assert str(caught.value) == (
        "The pair source heart-pairs failed: RuntimeError: no database. "
        "Mend its plugin, or leave the source out."
    )


def test_recipes_are_text_or_files(installed: Callable[[Plugins], None], tmp_path: Path) -> None:
    """Both load under the name that the plugin gives."""
    (tmp_path / "any.toml").write_text("rank = 8")
    installed(with_plugin(recipes={"heart": "rank = 4", "wide": tmp_path / "any.toml"}))
    assert (load_recipe("heart").rank, load_recipe("heart").name) == (4, "heart")
    assert (load_recipe("wide").rank, load_recipe("wide").name) == (8, "wide")


def test_a_recipe_with_a_mistake_names_its_plugin(installed: Callable[[Plugins], None]) -> None:
    """Line and field too; a path that is not there is named."""
    recipes = {"heart": "epochs = 1\nrank = 0", "lost": Path("/nowhere/lost.toml")}
    installed(with_plugin(recipes=recipes))
    with pytest.raises(CardioBenchError) as caught:
        load_recipe("heart")
    assert str(caught.value).startswith(
        "recipe heart of plugin heart (heart-dist):2: rank = 0 is out of range"
    )
    with pytest.raises(CardioBenchError, match=r"Cannot read the recipe /nowhere/lost\.toml"):
        load_recipe("lost")
    with pytest.raises(UnknownNameError, match="Did you mean 'heart'"):
        load_recipe("hart")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (TASK, "cannot be loaded from heart.task:HeartTask: ModuleNotFoundError"),
        (
            replace(TASK, target="cardiobench_tasks.cardio_negation:CardioNegation"),
            "metadata.name of .* is 'CardioNegation', not 'HeartTask'",
        ),
        (
            replace(TASK, target="mteb.tasks:NFCorpus"),
            "metadata.name of mteb.tasks:NFCorpus is 'NFCorpus', not 'HeartTask'",
        ),
    ],
)
def test_a_task_that_is_not_what_it_says_is_one_line(spec: TaskSpec, said: str) -> None:
    """It names the task, its package and the target."""
    from cardiobench.plugins.tasks import load_task

    with pytest.raises(StageError, match=said) as caught:
        load_task(spec)
    assert "\n" not in str(caught.value)


def test_a_task_that_cannot_be_loaded_is_not_registered_and_the_rest_are(
    installed: Callable[[Plugins], None],
) -> None:
    """mteb gets a warning for the one and every other task."""
    import mteb

    from cardiobench.evaluation.mteb_bridge import register_tasks

    installed(with_plugin(tasks=[TASK]))
    with pytest.warns(UserWarning, match="Not registered with mteb: Task HeartTask of heart-dist"):
        register_tasks()
    assert mteb.get_task("CardioNegation").metadata.name == "CardioNegation"
    with pytest.raises(KeyError, match="HeartTask"):
        mteb.get_task("HeartTask")


def test_a_task_named_as_one_of_mtebs_own_does_not_replace_it(
    installed: Callable[[Plugins], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is passed over with a warning."""
    import mteb

    from cardiobench.evaluation.mteb_bridge import register_tasks

    installed(with_plugin(tasks=[replace(TASK, name="NFCorpus")]))
    monkeypatch.setattr(
        "cardiobench.evaluation.mteb_bridge.load_task",
        lambda spec: object() if spec.from_plugin else spec.load(),
    )
    with pytest.warns(UserWarning, match="mteb has a task named NFCorpus of its own"):
        register_tasks()
    assert type(mteb.get_task("NFCorpus")).__module__.startswith("mteb.")


def test_registering_twice_adds_nothing() -> None:
    """Each task stands once in mteb's list."""
    import importlib

    from cardiobench.evaluation.mteb_bridge import register_tasks

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register_tasks()
        register_tasks()
    tasks = importlib.import_module("mteb.get_tasks").TASK_LIST
    names = [task.metadata.name for task in tasks]
    assert names.count("CardioSeparation") == 1


def test_a_disabled_plugin_is_listed_as_disabled_and_cannot_be_run() -> None:
    """Built-in ones too; the message of an unknown model says that it is disabled."""
    done = command("--disable-plugin", "bge_small", "plugins")
    assert "Disabled: bge_small (cardiobench)" in done.stdout.splitlines()
    assert "bge-small" not in done.stdout
    assert "minilm" in done.stdout
    run = command("--disable-plugin", "bge_small", "run", "--model", "bge-small")
    assert run.returncode == 2
    assert run.stderr.endswith("Disabled: bge_small.\n")


def test_plugins_are_disabled_by_the_environment_too() -> None:
    """Names with commas between; the option adds to them."""
    listed = command("plugins", CARDIOBENCH_DISABLE_PLUGINS="bge_small, minilm").stdout
    assert listed.count("Disabled: ") >= 2
    both = command("--disable-plugin", "minilm", "plugins", CARDIOBENCH_DISABLE_PLUGINS="bge_small")
    assert both.stdout.count("Disabled: ") == listed.count("Disabled: ")


def test_child_processes_see_the_same_plugins() -> None:
    """What times a model in a process of its own has the same set."""
    script = (
        "import subprocess, sys\n"
        "from cardiobench.plugins.installed import disable\n"
        "disable(['bge_small'])\n"
        "child = 'from cardiobench.plugins.registry import load_plugins as l; "
        "print([p.plugin for p in l().disabled])'\n"
        "subprocess.run([sys.executable, '-c', child], check=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "['bge_small']\n"


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [(["--disable-plugin", "bge-small", "plugins"], ""), (["tasks"], "bge-small")],
    ids=["option", "environment"],
)
def test_disabling_what_is_not_there_is_one_line(arguments: list[str], variable: str) -> None:
    """Did you mean, and where the name comes from."""
    done = command(*arguments, CARDIOBENCH_DISABLE_PLUGINS=variable)
    assert done.returncode == 2
    (error,) = done.stderr.splitlines()
    assert error.startswith("Error: Unknown plugin 'bge-small'. Did you mean 'bge_small'?")
    assert "--disable-plugin or CARDIOBENCH_DISABLE_PLUGINS" in error


def hook_signatures() -> dict[str, str]:
    """Every hook as its definition reads, on one line and without quotes."""
    found = {}
    for name, function in inspect.getmembers(hookspecs, inspect.isfunction):
        if name.startswith("cardiobench_"):
            (definition,) = ast.parse(inspect.getsource(function)).body
            assert isinstance(definition, ast.FunctionDef)
            returned = ast.unparse(definition.returns or ast.Constant(None)).strip("'\"")
            found[name] = f"def {name}({ast.unparse(definition.args)}) -> {returned}"
    return found


@pytest.mark.parametrize("name", list(hook_signatures()))
def test_the_manual_gives_every_hook_with_its_exact_signature(name: str) -> None:
    """docs/plugins.md and hookspecs.py say the same."""
    documented = re.sub(r"\s+", " ", DOCS.read_text(encoding="utf-8"))
    plain = documented.replace("( ", "(").replace(", )", ")")
    assert hook_signatures()[name] in plain


def test_the_manual_documents_no_hook_that_is_not_there() -> None:
    """What the docs define exists."""
    documented = re.findall(r"^def (cardiobench_\w+)\(", DOCS.read_text(encoding="utf-8"), re.M)
    assert set(documented) == set(hook_signatures())
    assert len(hook_signatures()) >= 5


def test_the_built_in_plugins_have_no_problem() -> None:
    """Nothing above leaves anything behind."""
    assert not [p for p in load_plugins().problems if p.plugin in ("minilm", "bge_small")]
