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
@click.option(
    "--text",
    "documents",
    multiple=True,
    metavar="PATH|GLOB",
    help="Your own documents: PDF, EPUB, DOCX, HTML, Markdown, text, CNXML, JATS; repeat for more.",
)
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    metavar="NAME",
    help="How documents become pairs, or `all`; `list` lists them; repeat for more.",
)
@click.option("--text-name", metavar="NAME", help="What records call your documents.")
@click.option(
    "--show-dropped",
    default=0,
    metavar="N",
    type=click.IntRange(0),
    help="Print up to N texts for each reason why cleaning left text of documents out.",
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
    documents: tuple[str, ...],
    strategies: tuple[str, ...],
    text_name: str | None,
    show_dropped: int,
    negatives: str | None,
    mine: str | None,
    export: Path | None,
    show: int,
    seed: int,
) -> None:
    """Build training pairs; count, audit, show or export them."""
    if "list" in strategies:
        from cardiobench.cli.document_tables import strategy_table

        click.echo(strategy_table())
        return
    from cardiobench.cli.options.source import release_files
    from cardiobench.foundation.terminal import quieten
    from cardiobench.pairs.files import write_pairs

    names = tuple(dict.fromkeys(source.partition("=")[0] for source in sources))
    options: dict[str, Any] = {
        "relations": relations,
        "sources": _sources(names, documents),
        "scope": scope,
        "pairs_files": files,
        "documents": documents,
        "document_strategies": strategies,
        "text_name": text_name,
        "negatives": negatives,
    }
    recipe = _recipe(recipe_name, options)
    _check(export, mine)
    named_files = release_files(source for source in sources if "=" in source)

    quieten()
    training = _build(recipe, named_files, mine)
    _tell(recipe, training, named_files, show_dropped)
    for pair in _sample(training, show, seed):
        click.echo(_shown(pair))
    if export is not None:
        write_pairs(export, training.pairs)
        click.echo(f"\nExported: {export}")


def _recipe(name: str, options: dict[str, Any]) -> "Recipe":
    """The recipe with the options that are given; what it names is there."""
    from cardiobench.cli.document_tables import every_strategy
    from cardiobench.pairs.origins import check_there
    from cardiobench.pairs.relations import RELATIONS
    from cardiobench.pairs.selection import check_documents
    from cardiobench.training.recipe import load_recipe

    changes = {field: value for field, value in options.items() if value}
    if ALL in changes.get("relations", ()):
        changes["relations"] = tuple(RELATIONS)
    if ALL in changes.get("document_strategies", ()):
        changes["document_strategies"] = every_strategy()
    recipe = dataclasses.replace(load_recipe(name), **changes)
    for origin in recipe.pairs_files:
        check_there(origin)
    check_documents(recipe)
    return recipe


def _check(export: Path | None, mine: str | None) -> None:
    """Refuse, before any work, a file that cannot be written and a model that nobody has."""
    from cardiobench.pairs.files import check_export
    from cardiobench.plugins.registry import load_plugins

    if export is not None:
        check_export(export)
    if mine is not None:
        load_plugins().architecture(mine)


def _tell(
    recipe: "Recipe", training: "TrainingPairs", files: Mapping[str, Path], show_dropped: int
) -> None:
    """Print what was built, dropped and refused."""
    from cardiobench.cli.document_tables import document_tables
    from cardiobench.sources.releases import releases

    with releases(files):
        click.echo(_counts(recipe, training) + _releases(files))
    if training.library is not None:
        click.echo("\n" + document_tables(training.library, show_dropped))


def _sources(names: tuple[str, ...], documents: tuple[str, ...]) -> tuple[str, ...]:
    """The sources asked for; documents are one, and the only one where no other is named."""
    from cardiobench.pairs.pair import DOCUMENTS
    from cardiobench.pairs.selection import SOURCES

    chosen = SOURCES if ALL in names else names
    return tuple(dict.fromkeys((*chosen, DOCUMENTS))) if documents else chosen


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
