"""mteb metadata shared by the tasks."""

from typing import Any

from mteb import TaskMetadata

from cardiobench_tasks.catalogue import TaskSpec

HPO_CITATION = r"""
@article{gargano2024hpo,
  author = {Gargano, Michael A. and Matentzoglu, Nicolas and Coleman, Ben and others},
  title = {The Human Phenotype Ontology in 2024: phenotypes around the world},
  journal = {Nucleic Acids Research},
  volume = {52},
  number = {D1},
  pages = {D1333--D1346},
  year = {2024},
  doi = {10.1093/nar/gkad1005},
}
"""


def hpo_metadata(spec: TaskSpec, *, description: str, **fields: Any) -> TaskMetadata:
    """Metadata of a task derived from HPO.

    Args:
        spec: the catalogue entry: name, type, main score, revision and split.
        description: what the task asks and how its data is made.
        fields: further ``TaskMetadata`` fields.
    """
    return TaskMetadata(
        name=spec.name,
        description=description,
        reference="https://hpo.jax.org",
        dataset={"path": f"cardiobench/{spec.name}", "revision": spec.revision},
        type=spec.type,  # type: ignore[arg-type]
        category="t2t",
        modalities=["text"],
        eval_splits=[spec.split],
        eval_langs=["eng-Latn"],
        main_score=spec.main_score,
        date=("2025-01-16", "2025-01-16"),
        domains=["Medical", "Written"],
        license="https://hpo.jax.org/app/license",
        annotations_creators="derived",
        dialect=[],
        sample_creation="found",
        bibtex_citation=HPO_CITATION,
        **fields,
    )
