"""The suites as ``mteb.Benchmark`` objects."""

from typing import TYPE_CHECKING, Any

from cardiobench_tasks.catalogue import HARD_SUITE, SUITE, SUITE_NAME

if TYPE_CHECKING:
    from mteb import Benchmark

HARD_SUITE_NAME = f"{SUITE_NAME.removesuffix(')')}, hard)"
_REFERENCE = "https://arxiv.org/abs/2511.19739"
_DESCRIPTION = (
    "Cardiology text embeddings: separation of related from unrelated concepts matched on shared "
    "wording, negation, abbreviations, retrieval of definitions, codes, findings, answers and "
    "letters, and the same separation in other specialties. Built from the Human Phenotype "
    "Ontology, its annotations and ICD-10-CM, and from text written for CardioBench."
)
_HARD_DESCRIPTION = (
    "Harder cardiology: the retrieval queries of Cardio(eng, v1) with every definition of the "
    "Human Phenotype Ontology and every ICD-10-CM code as the corpus, and the meaning of values."
)


def cardio_benchmark(hard: bool = False) -> "Benchmark":
    """The default suite, or the hard one, for ``mteb.evaluate``; not registered with mteb.

    Means are taken within groups only, because separation, triplet accuracy and nDCG have no
    common scale.
    """
    from mteb import Benchmark
    from mteb.benchmarks.benchmark import CustomGroup, CustomGrouping

    from cardiobench_tasks.metadata import CARDIOBENCH_CITATION, HPO_CITATION, ICD10CM_CITATION

    tasks = {spec: spec.load() for spec in (HARD_SUITE if hard else SUITE)}
    groups: dict[str, list[Any]] = {}
    for spec, task in tasks.items():
        groups.setdefault(spec.group, []).append(task)
    return Benchmark(
        name=HARD_SUITE_NAME if hard else SUITE_NAME,
        tasks=list(tasks.values()),
        description=_HARD_DESCRIPTION if hard else _DESCRIPTION,
        reference=_REFERENCE,
        citation=CARDIOBENCH_CITATION + HPO_CITATION + ICD10CM_CITATION,
        aggregations=(
            CustomGrouping(
                name="Group",
                groups=tuple(CustomGroup(label=g, tasks=members) for g, members in groups.items()),
            ),
        ),
    )
