"""The pages about the models: licences, how each row was made, and what of the tests it saw."""

from collections.abc import Mapping

from cardiobench.board.columns import Column, markdown
from cardiobench.board.facts import Board
from cardiobench.board.rows import Row
from cardiobench.board.shared_columns import DIMENSION, KIND, LICENCE, PARAMETERS, name_columns
from cardiobench.board.words import GENERATED, NO_TASKS, score_name, suite_label
from cardiobench.foundation.markdown import escape, table
from cardiobench.plugins.architecture import Architecture

_LICENCE_NOTE = (
    "As the entry states it; a restriction is what the plugin's author knows of it, not legal "
    "advice. An adapter falls under its base's licence."
)
_AUDIT_NOTE = (
    "Texts of the tests that also stand in training: the same text, the same words, or nearly so "
    "(Jaccard). Separation names concepts seen in training on purpose: no training pair joins the "
    "two, and scores by exposure are on the tasks' pages. CardioPhenotypeRetrieval holds out "
    "diseases, so names of findings are seen. Elsewhere the texts of test concepts are held out; "
    "what is left are near wordings of other concepts. Lower is better."
)
_SOURCES = (
    "HPO: Human Phenotype Ontology, https://hpo.jax.org, under its own licence "
    "(https://hpo.jax.org/app/license). ICD-10-CM: US National Center for Health Statistics, "
    "public domain. Texts written for CardioBench: CC BY 4.0."
)


def models_page(board: Board, architectures: Mapping[str, Architecture]) -> str:
    """Licences and their restrictions, and how each row was made."""
    sections = [
        "# Models",
        GENERATED,
        "## Licences",
        _LICENCE_NOTE,
        markdown(_licence_columns(board, architectures), board.timed),
        "## How each row was made",
        table([_provenance_cells(board, row) for row in board.rows or board.timed]),
        "[Back to the board](README.md)",
    ]
    return "\n\n".join(sections) + "\n"


def data_page(board: Board) -> str:
    """What of the tests each adapted model saw, and which data the tests are made of."""
    sections = [
        "# Data, contamination and leaks",
        GENERATED,
        "## Training texts among the test items",
        *_audit_tables(board),
        "## Data",
        table([_data_cells(facts.spec.name, board) for facts in board.tasks])
        if board.tasks
        else NO_TASKS,
        _SOURCES,
        "[Back to the board](README.md)",
    ]
    return "\n\n".join(sections) + "\n"


def _licence_columns(board: Board, architectures: Mapping[str, Architecture]) -> list[Column[Row]]:
    def restrictions(row: Row) -> str | None:
        known = architectures.get(row.manifest.model.architecture)
        return (known.licence_note or None) if known else None

    return [
        *name_columns(board),
        KIND,
        Column(key="architecture", value=lambda row: row.manifest.model.architecture),
        PARAMETERS,
        DIMENSION,
        LICENCE,
        Column(key="restrictions", value=restrictions),
    ]


def _provenance_cells(board: Board, row: Row) -> dict[str, str]:
    training, versions = row.manifest.training, row.manifest.versions
    audit = training.audit if training else {}
    leaks = [audit.get(key, 0) for key in ("removed_test_text", "removed_separation")]
    names = ("mteb", "sentence-transformers", "torch")
    return {
        **{column.title: column.text(row) for column in name_columns(board)},
        "revision": row.manifest.model.revision[:12],
        "recipe": str(training.recipe.get("name", "-")) if training else "-",
        "seed": str(training.seed) if training else "-",
        "pairs": str(audit.get("kept", "-")),
        "leaks removed": str(sum(leaks)) if training else "-",
        "trainable": f"{training.trainable_parameters:,}" if training else "-",
        " / ".join(names): " / ".join(versions.get(name, "-") for name in names),
        "date": row.manifest.date,
        "verified": row.verified,
    }


def _audit_tables(board: Board) -> list[str]:
    parts = []
    revisions = {facts.spec.name: facts.spec.revision[:12] for facts in board.tasks}
    for row in board.rows:
        training = row.manifest.training
        audit = training.audit.get("near_duplicates") if training else None
        if not audit or not audit["items"]:
            continue
        cells = [
            {
                "task": task,
                "data": revisions.get(task, "-"),
                "texts tested (n)": f"{size:,}",
                "same": str(audit["counts"][task]["exact"]),
                "same words": str(audit["counts"][task]["normalised"]),
                f"Jaccard {audit['threshold']:g} or more": str(audit["counts"][task]["near"]),
            }
            for task, size in sorted(audit["items"].items())
        ]
        parts += [f"**{escape(row.manifest.model.name)}**", table(cells)]
    return [_AUDIT_NOTE, *parts] if parts else ["No adapted model yet."]


def _data_cells(task: str, board: Board) -> dict[str, str]:
    (facts,) = [facts for facts in board.tasks if facts.spec.name == task]
    spec = facts.spec
    return {
        "task": spec.name,
        "suite": suite_label(spec),
        "type": spec.type,
        "main score": f"{score_name(spec)} ↑",
        "n": f"{facts.n:,}",
        "sources": ", ".join(spec.sources),
        "data revision": spec.revision[:12],
    }
