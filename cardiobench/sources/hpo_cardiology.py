"""Which HPO concepts are cardiology, and the area of each.

The branch HP:0001626 (abnormality of the cardiovascular system) also holds thymus, lymph nodes,
urticaria, purpura and the vessels of eye, skin, gut and brain. A cardiologist would not call those
cardiology, so areas are listed by their roots and the rest is left out.
"""

from collections.abc import Mapping

from cardiobench.sources.concept import Concept
from cardiobench.sources.ontology import Ontology

CARDIOVASCULAR_ROOT = "HP:0001626"

# Roots of each area. A concept below several roots belongs to the first area that claims it.
AREA_ROOTS: dict[str, tuple[str, ...]] = {
    "ischaemic": (
        "HP:0006704",  # abnormal coronary artery morphology
        "HP:0001681",  # angina pectoris
        "HP:0033678",  # acute coronary syndrome
        "HP:0001717",  # coronary artery calcification
        "HP:0500020",  # abnormal cardiac biomarker test
    ),
    "pericardial": (
        "HP:0001697",  # abnormal pericardium morphology
        "HP:0033415",  # cardiac tamponade
        "HP:0034788",  # pericardial friction rub
    ),
    "arrhythmia": (
        "HP:0030956",  # abnormality of cardiovascular system electrophysiology
        "HP:0033992",  # chronotropic incompetence
        "HP:0001279",  # syncope
        "HP:0031972",  # presyncope
    ),
    "valve": (
        "HP:0001654",  # abnormal heart valve morphology
        "HP:0031653",  # abnormal heart valve physiology
        "HP:0005146",  # cardiac valve calcification
        "HP:0031657",  # abnormal heart sound
    ),
    "congenital": (
        "HP:0001671",  # abnormal cardiac septum morphology
        "HP:0011545",  # abnormal connection of the cardiac segments
        "HP:0011534",  # abnormal spatial orientation of the cardiac segments
        "HP:0004307",  # abnormal anatomic location of the heart
        "HP:0045017",  # congenital malformation of the left heart
        "HP:0011723",  # congenital malformation of the right heart
        "HP:0001961",  # hypoplastic heart
        "HP:0001693",  # cardiac shunt
        "HP:0012303",  # abnormal aortic arch morphology
        "HP:0001680",  # coarctation of aorta
        "HP:0011627",  # aorto-ventricular tunnel
        "HP:0005120",  # abnormal cardiac atrium morphology
        "HP:0005345",  # abnormal vena cava morphology
    ),
    "heart_failure": (
        "HP:0001637",  # abnormal myocardium morphology
        "HP:0001713",  # abnormal cardiac ventricle morphology
        "HP:0030872",  # abnormal cardiac ventricular function
        "HP:0001635",  # congestive heart failure
        "HP:0006673",  # reduced systolic function
        "HP:0033528",  # abnormal cardiac output
        "HP:0031331",  # abnormal cardiomyocyte morphology
        "HP:0031273",  # shock
        "HP:0001640",  # cardiomegaly
        "HP:0025443",  # abnormal cardiac atrial physiology
        "HP:0004306",  # abnormal endocardium morphology
    ),
    "hypertension_pulmonary": (
        "HP:0030972",  # abnormal systemic blood pressure
        "HP:0004930",  # abnormality of the pulmonary vasculature
        "HP:0030875",  # abnormality of pulmonary circulation
    ),
    "vascular": (
        "HP:0033353",  # abnormal blood vessel morphology
        "HP:0030163",  # abnormal vascular physiology
        "HP:0004934",  # vascular calcification
    ),
    "other": ("HP:0001627", "HP:0500015"),  # abnormal heart morphology, abnormal cardiac test
}

# Branches that the areas sweep in although they belong to other specialties.
EXCLUDED_ROOTS: tuple[str, ...] = (
    "HP:0100763",  # abnormality of the lymphatic system
    "HP:0100766",  # abnormal lymphatic vessel morphology
    "HP:0008047",  # abnormality of the vasculature of the eye
    "HP:0011276",  # vascular skin abnormality
    "HP:0006707",  # abnormality of the hepatic vasculature
    "HP:0004296",  # abnormal gastrointestinal vascular morphology
    "HP:0100659",  # abnormal cerebral vascular morphology
    "HP:0031306",  # intracranial arterial calcification
    "HP:3000036",  # abnormal head blood vessel morphology
    "HP:3000037",  # abnormal neck blood vessel morphology
    "HP:3000060",  # abnormal infraorbital artery morphology
    "HP:0003657",  # vascular granular osmiophilic material deposition
    "HP:0100742",  # vascular neoplasm
    "HP:0011029",  # internal haemorrhage
    "HP:0034190",  # abnormal fetal cardiovascular physiology
    "HP:0001195",  # single umbilical artery
    "HP:0034789",  # muscular vasculitis
    "HP:0500019",  # abnormal resting energy expenditure
    "HP:0003651",  # foam cells
    "HP:0002637",  # cerebral ischaemia
)


def cardiology_areas(concepts: Mapping[str, Concept]) -> dict[str, str]:
    """The cardiology concepts of a release and the area of each.

    Args:
        concepts: every HPO concept by identifier.

    Returns:
        Concept identifier to area, in identifier order.
    """
    ontology = Ontology(concepts)
    wanted = ontology.below([CARDIOVASCULAR_ROOT]) - ontology.below(EXCLUDED_ROOTS)
    area_of: dict[str, str] = {}
    for area, roots in AREA_ROOTS.items():
        for concept_id in ontology.below(roots) & wanted:
            area_of.setdefault(concept_id, area)
    return dict(sorted(area_of.items()))
