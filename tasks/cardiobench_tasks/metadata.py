"""mteb metadata shared by the tasks."""

from typing import Any

from mteb import TaskMetadata

from cardiobench_tasks.catalogue import TaskSpec
from cardiobench_tasks.kept_statistics import KeptMetadata

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
ICD10CM_CITATION = r"""
@misc{icd10cm2026,
  author = {{Centers for Disease Control and Prevention, National Center for Health Statistics}},
  title = {International Classification of Diseases, Tenth Revision, Clinical Modification
           (ICD-10-CM), tabular list, April 2026},
  year = {2026},
  url = {https://www.cdc.gov/nchs/icd/icd-10-cm/},
}
"""
CARDIOBENCH_CITATION = r"""
@software{cardiobench,
  author = {{The CardioBench developers}},
  title = {CardioBench: an evaluation suite for clinical cardiology text embeddings},
  year = {2026},
}
"""

# What differs between tasks from a vocabulary and tasks that we wrote.
_ORIGINS: dict[str, dict[str, Any]] = {
    "hpo": {
        "reference": "https://hpo.jax.org",
        "license": "https://hpo.jax.org/app/license",
        "date": ("2025-01-16", "2025-01-16"),
        "annotations_creators": "derived",
        "sample_creation": "found",
        "bibtex_citation": HPO_CITATION,
    },
    "icd10cm": {
        "reference": "https://www.cdc.gov/nchs/icd/icd-10-cm/",
        "license": "https://www.cdc.gov/other/agencymaterials.html",
        "date": ("2026-04-01", "2026-04-01"),
        "annotations_creators": "derived",
        "sample_creation": "found",
        "bibtex_citation": ICD10CM_CITATION,
    },
    "written": {
        "reference": "https://arxiv.org/abs/2511.19739",
        "license": "cc-by-4.0",
        "date": ("2026-11-22", "2026-11-22"),
        "annotations_creators": "LM-generated",
        "sample_creation": "LM-generated and verified",
        "bibtex_citation": CARDIOBENCH_CITATION,
    },
}


def task_metadata(spec: TaskSpec, *, origin: str, description: str, **fields: Any) -> TaskMetadata:
    """Metadata of a task.

    Args:
        spec: the catalogue entry: name, type, main score, revision and split.
        origin: ``hpo``, ``icd10cm`` or ``written``: sets reference, licence, date, creation method
            and citation.
        description: what the task asks and how its data is made.
        fields: further ``TaskMetadata`` fields; they override those of the origin.
    """
    return KeptMetadata(
        **{
            "name": spec.name,
            "description": description,
            "dataset": {"path": f"cardiobench/{spec.name}", "revision": spec.revision},
            "type": spec.type,
            "category": "t2t",
            "modalities": ["text"],
            "eval_splits": [spec.split],
            "eval_langs": ["eng-Latn"],
            "main_score": spec.main_score,
            "domains": ["Medical", "Written"],
            "dialect": [],
            **_ORIGINS[origin],
            **fields,
        }
    )
