"""What a separation task needs to know of a medical specialty."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cardiobench.sources.concept import Concept
from cardiobench.sources.hpo_cardiology import CARDIOVASCULAR_ROOT, cardiology_areas
from cardiobench.sources.icd10cm_cardiology import cardiology_codes
from cardiobench.sources.ontology import Ontology

Areas = dict[str, str]

# Without a list of its own, a specialty's areas are its largest branches of at most this size.
MAX_AREA_CONCEPTS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialty:
    """The concepts of a specialty in both vocabularies, and what makes two of them related.

    Attributes:
        hpo_areas: from all HPO concepts to the specialty's, with the area of each.
        icd10cm_areas: the same for ICD-10-CM.
        site_words: word to anatomical site or topic; concepts that share a site are clinically
            tied even where a vocabulary files them far apart.
        tied_areas: areas that share patients and mechanisms; pairs across them are not unrelated.
    """

    hpo_areas: Callable[[Mapping[str, Concept]], Areas]
    icd10cm_areas: Callable[[Mapping[str, Concept]], Areas]
    site_words: Mapping[str, str]
    tied_areas: frozenset[frozenset[str]] = frozenset()


def branch_areas(
    concepts: Mapping[str, Concept], roots: tuple[str, ...], excluded: tuple[str, ...] = ()
) -> Areas:
    """Everything below the roots; the area of a concept is its largest branch of bounded size.

    Args:
        concepts: every concept of the vocabulary by identifier.
        roots: where the specialty begins.
        excluded: branches that belong to another specialty.

    Returns:
        Concept identifier to the identifier of its area, in identifier order; concepts above
        every area are left out.
    """
    ontology = Ontology(concepts)
    wanted = ontology.below(roots) - ontology.below(excluded)
    areas: Areas = {}
    for concept_id in sorted(wanted):
        sizes = {
            ancestor: len(ontology.descendants(ancestor))
            for ancestor in ontology.ancestors(concept_id) & wanted
        }
        branches = [a for a, size in sizes.items() if size <= MAX_AREA_CONCEPTS]
        if branches:
            areas[concept_id] = min(branches, key=lambda a: (-sizes[a], a))
    return areas


def _words(sites: Mapping[str, str]) -> dict[str, str]:
    """Word to site, from site to its words."""
    return {word: site for site, words in sites.items() for word in words.split()}


def _icd10cm_cardiology(concepts: Mapping[str, Concept]) -> Areas:

    return cardiology_codes(concepts)


CARDIOLOGY = Specialty(
    hpo_areas=cardiology_areas,
    icd10cm_areas=_icd10cm_cardiology,
    site_words=_words(
        {
            "aortic": "aortic aorta aortas supravalvular subaortic",
            "arrhythmia": "tachycardia bradycardia ectopy fibrillation flutter extrasystole",
            "arterial": "artery arterial arteries arteriovenous",
            "arch": "arch",
            "atrial": "atrial atrium atria auricular p",
            "atrioventricular": "atrioventricular av",
            "cardiomyocyte": "cardiomyocyte cardiomyocytes myocyte",
            "carotid": "carotid",
            "collateral": "collateral collaterals",
            "coronary": "coronary",
            "heart": "heart cardiac",
            "failure": "failure",
            "hypotension": "hypotension hypotensive",
            "hypertension": "hypertension hypertensive",
            "malformation": "malformation malformations",
            "mitral": "mitral",
            "murmur": "murmur murmurs",
            "myocardial": "myocardial myocardium endomyocardial muscle",
            "pericardial": "pericardial pericardium",
            "pressure": "pressure",
            "pulmonary": "pulmonary pulmonic pulmonale lung",
            "renal": "renal kidney",
            "septal": "septal septum",
            "shunt": "shunt shunts shunting",
            "subclavian": "subclavian",
            "syncope": "syncope fainting",
            # A vessel that is blocked, or what is cut off behind it.
            "thrombosis": (
                "thrombosis thrombus embolism embolus clot occlusion infarction ischemia shock"
            ),
            "tricuspid": "tricuspid",
            "valve": "valve valves valvular leaflet leaflets cusp",
            "vascular": "vascular vessel vessels blood",
            "venous": "vein veins venous vena cava",
            # A dilated ring of a valve follows the ventricle.
            "ventricular": "ventricular ventricle ventricles annulus",
        }
    ),
    tied_areas=frozenset(
        frozenset(pair.split())
        for pair in (
            "congenital heart_failure",
            "congenital valve",
            "congenital hypertension_pulmonary",
            "ischaemic heart_failure",
            "heart_failure hypertension_pulmonary",
            "hypertension_pulmonary vascular",
        )
    ),
)

PULMONARY = Specialty(
    hpo_areas=lambda concepts: branch_areas(concepts, ("HP:0002086",), (CARDIOVASCULAR_ROOT,)),
    icd10cm_areas=lambda concepts: branch_areas(concepts, ("chapter 10",)),
    site_words=_words(
        {
            "alveolar": "alveolar alveoli alveolus",
            "bronchial": "bronchial bronchus bronchi bronchiole bronchiolar bronchitis",
            "diaphragm": "diaphragm diaphragmatic hemidiaphragm",
            "larynx": "larynx laryngeal vocal glottis epiglottis",
            "lobe": "lobe lobar lobulation",
            "nasal": "nasal nose nasopharyngeal sinus sinuses",
            "pharynx": "pharynx pharyngeal tonsil tonsils",
            "pleural": "pleural pleura",
            "thoracic": "thoracic chest rib",
            "trachea": "trachea tracheal",
            "breathing": "respiratory breathing apnea dyspnea hypoventilation hyperventilation",
            "infection": "pneumonia infection infections influenza",
            "emphysema": "emphysema emphysematous",
            "pneumothorax": "pneumothorax hemopneumothorax",
        }
    ),
)

RENAL = Specialty(
    hpo_areas=lambda concepts: branch_areas(
        # Urine homeostasis is mostly metabolites, which are metabolism rather than nephrology.
        concepts,
        ("HP:0000079",),
        (CARDIOVASCULAR_ROOT, "HP:0003110"),
    ),
    icd10cm_areas=lambda concepts: branch_areas(
        concepts, ("N00-N08", "N10-N16", "N17-N19", "N20-N23", "N25-N29", "N30-N39")
    ),
    site_words=_words(
        {
            "bladder": "bladder vesical vesico cystitis",
            "calculus": "calculus stone stones lithiasis nephrolithiasis",
            "cortex": "cortex cortical corticomedullary",
            "glomerular": "glomerular glomerulus glomeruli glomerulonephritis nephritis nephritic",
            "nephropathy": "nephropathy nephropathies",
            "reflux": "reflux",
            "medullary": "medulla medullary",
            "mesangial": "mesangial mesangium",
            "pelvis": "pelvis pelvic caliceal calyx calyces hydronephrosis",
            "podocyte": "podocyte podocytes nephrotic",
            "tubular": "tubular tubule tubules tubulointerstitial",
            "ureter": "ureter ureteral ureteric ureters",
            "urethra": "urethra urethral",
            "acid": "acid acidosis aciduria",
        }
    ),
)

NEURO = Specialty(
    hpo_areas=lambda concepts: branch_areas(
        # Behaviour is psychiatry.
        concepts,
        ("HP:0000707",),
        (CARDIOVASCULAR_ROOT, "HP:0000708"),
    ),
    icd10cm_areas=lambda concepts: branch_areas(concepts, ("chapter 6",)),
    site_words=_words(
        {
            "basal_ganglia": "basal ganglia putamen caudate pallidus striatal",
            "brainstem": "brainstem pons pontine midbrain medulla",
            "cerebellar": "cerebellar cerebellum vermis ataxia",
            "cerebral": "cerebral cerebrum brain intracranial",
            "corpus_callosum": "callosum callosal",
            "cortical": "cortical cortex gyrus gyri sulci",
            "headache": "headache migraine",
            "inflammation": "encephalitis meningitis myelitis encephalomyelitis",
            "hippocampus": "hippocampal hippocampus temporal",
            "eeg": "eeg electroencephalogram discharges spike spikes",
            "muscle": "muscle muscular motor",
            "nerve": "nerve nerves neuropathy",
            "seizure": "seizure seizures epilepsy epileptic convulsion convulsions",
            "sensory": "sensory sensation",
            "sleep": "sleep insomnia narcolepsy",
            "speech": "speech language aphasia",
            "spinal": "spinal spine cord myelopathy",
            "ventricle": "ventricle ventricles ventricular ventriculomegaly hydrocephalus",
            "white_matter": "white myelin leukodystrophy leukoencephalopathy",
        }
    ),
)
