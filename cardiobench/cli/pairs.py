"""``cardiobench pairs``: build, inspect and export training pairs."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cardiobench.pairs.pair import Pair, TrainingPairs
    from cardiobench.training.recipe import Recipe

ALL = "all"


@click.command(name="pairs")
@click.option(
    "--recipe",
    "recipe_name",
    default="quick",
    show_default=True,
    metavar="NAME|FILE.toml",
    help="Where the options below are not given, the recipe decides.",
)
@click.option(
    "--relation",
    "relations",
    multiple=True,
    metavar="NAME",
    help="Relation to build, or `all`; repeat for more.",
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME[=FILE]",
    help="hpo, icd10cm, hpo-annotations, or `all`; =FILE reads that release; repeat for more.",
)
@click.option(
    "--scope",
    metavar="SCOPE",
    help="cardiology, medicine, or HPO and ICD-10-CM ids: 'HP:0002086, chapter 10'.",
)
@click.option(
    "--file",
    "files",
    multiple=True,
    metavar="FILE|ID",
    help="Your own pairs: .jsonl, .csv, .parquet or a hub data set id; repeat for more.",
)
@click.option("--negatives", metavar="KIND", help="none, or siblings.")
@click.option("--mine", metavar="MODEL", help="Mine negatives with an architecture.")
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the pairs: .jsonl, .csv or .parquet.",
)
@click.option(
    "--show", default=0, metavar="N", type=click.IntRange(0), help="Print N of the pairs."
)
@click.option("--seed", default=0, show_default=True, help="Which N pairs are shown.")
def command(
    recipe_name: str,
    relations: tuple[str, ...],
    sources: tuple[str, ...],
    scope: str | None,
    files: tuple[str, ...],
    negatives: str | None,
    mine: str | None,
    export: Path | None,
    show: int,
    seed: int,
) -> None:
    """Build training pairs; count, audit, show or export them."""
    from cardiobench.cli.options.source import release_files
    from cardiobench.foundation.terminal import quieten
    from cardiobench.pairs.files import check_export, write_pairs
    from cardiobench.pairs.origins import check_there
    from cardiobench.pairs.relations import RELATIONS
    from cardiobench.pairs.selection import SOURCES
    from cardiobench.plugins.registry import load_plugins
    from cardiobench.sources.releases import releases
    from cardiobench.training.recipe import load_recipe

    names = tuple(dict.fromkeys(source.partition("=")[0] for source in sources))
    options: dict[str, Any] = {
        "relations": tuple(RELATIONS) if ALL in relations else relations,
        "sources": SOURCES if ALL in names else names,
        "scope": scope,
        "pairs_files": files,
        "negatives": negatives,
    }
    changes = {field: value for field, value in options.items() if value}
    recipe = dataclasses.replace(load_recipe(recipe_name), **changes)
    for origin in recipe.pairs_files:
        check_there(origin)
    if export is not None:
        check_export(export)
    if mine is not None:
        load_plugins().architecture(mine)
    named_files = release_files(source for source in sources if "=" in source)

    quieten()
    training = _build(recipe, named_files, mine)
    with releases(named_files):
        click.echo(_counts(recipe, training) + _releases(named_files))
    for pair in _sample(training, show, seed):
        click.echo(_shown(pair))
    if export is not None:
        write_pairs(export, training.pairs)
        click.echo(f"\nExported: {export}")


def _build(recipe: "Recipe", files: Mapping[str, Path], mine: str | None) -> "TrainingPairs":
    """The pairs, kept apart from the pinned test data and from those of the named releases."""
    from cardiobench.pairs.selection import recipe_pairs
    from cardiobench.pairs.test_texts import separation_items, source_test_texts, written_texts
    from cardiobench.sources.releases import releases

    separation = separation_items(recipe.scope)
    texts = written_texts()
    if files:
        texts |= source_test_texts(files)
    with releases(files):
        if files:
            separation |= separation_items(recipe.scope)
        return recipe_pairs(recipe, separation=separation, held_out_texts=texts, mine=mine)


def _releases(files: Mapping[str, Path]) -> str:
    """One line for each release that is not the carried one."""
    from cardiobench.sources.attribution import source_facts
    from cardiobench.sources.releases import TITLES

    return "".join(
        f"\nrelease of {TITLES[name]}: {source_facts()[TITLES[name]].version}, {file}"
        for name, file in files.items()
    )


def _counts(recipe: "Recipe", training: "TrainingPairs") -> str:
    """The tables of relations, sources and both sides of the split, and the audit."""
    from tabulate import tabulate

    from cardiobench.pairs.selection import concept_counts, gather

    audit = training.audit
    sides = concept_counts(gather(recipe.sources, recipe.scope))
    by_relation = [*audit.by_relation.items(), ("together", audit.kept)]
    by_source = [
        [
            source,
            audit.by_source.get(source, 0),
            *(sides.get(source, {}).get(side, "-") for side in ("train", "test")),
        ]
        for source in dict.fromkeys([*recipe.sources, *audit.by_source])
    ]
    removed = {
        "built from training concepts": audit.built,
        "removed: second concept is a test concept": audit.removed_test_concept,
        "removed: text of the test side": audit.removed_test_text,
        "removed: joins a separation test pair": audit.removed_separation,
        "removed: repeated": audit.removed_repeated,
        "kept": audit.kept,
        "training concepts in kept pairs": audit.train_concepts,
        **{f"negative: {kind}": count for kind, count in audit.negatives.items()},
    }
    tables = [
        tabulate(by_relation, headers=["relation", "pairs"], intfmt=","),
        tabulate(
            by_source,
            headers=["source", "pairs", "train concepts in scope", "test concepts in scope"],
            intfmt=",",
        ),
        tabulate(list(removed.items()), headers=["audit", "count"], intfmt=","),
        f"scope: {recipe.scope}\nsha256: {training.sha256}",
    ]
    return "\n\n".join(tables)


def _shown(pair: "Pair") -> str:
    """A pair over several lines."""
    title = f"\n[{pair.relation}] {pair.concept} {pair.other}".rstrip()
    texts = (("anchor", pair.anchor), ("positive", pair.positive), ("negative", pair.negative))
    return "\n".join([title, *(f"  {f'{column}:':<10}{text}" for column, text in texts if text)])


def _sample(training: "TrainingPairs", count: int, seed: int) -> "list[Pair]":
    """Some of the pairs; the same for one seed."""
    import random

    chosen = random.Random(seed)  # noqa: S311  # no secret
    return chosen.sample(training.pairs, min(count, len(training.pairs)))
