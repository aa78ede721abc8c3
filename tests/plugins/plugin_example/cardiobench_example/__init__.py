"""One of everything that a CardioBench plugin can add. Nothing heavy is imported here."""

from typing import TYPE_CHECKING

from cardiobench import Architecture, PairSource, Pooling, TaskSpec, hookimpl

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

HPO_LSA = Architecture(
    name="hpo-lsa",
    # No checkpoint: the name of its row on boards, and what its numbers depend on.
    checkpoint="cardiobench-example/hpo-lsa",
    revision="hpo-2025-01-16",
    pooling=Pooling.MEAN,
    # Nothing to adapt: it is run zero-shot only.
    lora_targets=(),
    max_seq_length=8192,
    embedding_dim=128,
    parameters=8192 * 128,
    licence="apache-2.0",
)

ABBREVIATIONS = TaskSpec(
    name="CardioAbbreviationRetrieval",
    type="Retrieval",
    main_score="ndcg_at_10",
    asks="Does a cardiology abbreviation find what it stands for?",
    sources=("written for cardiobench-example",),
    packages=(),
    revision="13c44e9eb22ce323075665bd35b43876760c35ad",
    target="cardiobench_example.abbreviations:CardioAbbreviationRetrieval",
    details=(("Acc@1", "hit_rate_at_1"),),
)

LAY_RECIPE = """
# As the quick recipe, with patients' words beside HPO's.
sources = ["hpo", "lay-terms"]
learning_rate = 5e-4
max_seq_length = 64
"""


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply hpo-lsa."""
    return [HPO_LSA]


@hookimpl
def cardiobench_build_encoder(architecture: Architecture) -> "SentenceTransformer | None":
    """Build hpo-lsa; leave every other architecture to others."""
    if architecture != HPO_LSA:
        return None
    from cardiobench_example.lsa import build

    return build()


@hookimpl
def cardiobench_tasks() -> list[TaskSpec]:
    """Supply the abbreviations."""
    return [ABBREVIATIONS]


@hookimpl
def cardiobench_pairs() -> list[PairSource]:
    """Supply the lay terms."""
    from cardiobench_example.lay_terms import LAY_TERMS

    return [PairSource(name="lay-terms", read=lambda: LAY_TERMS, licence="cc-by-4.0")]


@hookimpl
def cardiobench_recipes() -> dict[str, str]:
    """Supply the recipe ``lay``."""
    return {"lay": LAY_RECIPE}
