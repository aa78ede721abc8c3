"""Which ICD-10-CM codes are cardiology."""

import re
from pathlib import Path

import pytest

from cardiobench.sources.hpo_cardiology import AREA_ROOTS
from cardiobench.sources.icd10cm import Icd10cm, is_code, read_icd10cm
from cardiobench.sources.icd10cm_cardiology import AREA_RANGES, EXCEPTIONS, cardiology_codes
from cardiobench.sources.ontology import Ontology


@pytest.fixture(scope="module")
def icd(private_cache: Path) -> Icd10cm:
    """The carried release."""
    return read_icd10cm()


def test_cardiology_holds_what_a_cardiologist_codes(icd):
    """One known code of each area is in it; areas bear the names of HPO's areas."""
    areas = cardiology_codes(icd.concepts)
    expected = {
        "I01.1": "valve",  # acute rheumatic endocarditis
        "I09.81": "heart_failure",  # rheumatic heart failure
        "I10": "hypertension_pulmonary",
        "I1A.0": "hypertension_pulmonary",  # resistant hypertension
        "I21.4": "ischaemic",  # NSTEMI
        "I26.99": "hypertension_pulmonary",  # pulmonary embolism
        "I31.4": "pericardial",  # cardiac tamponade
        "I33.0": "valve",  # infective endocarditis
        "I35.0": "valve",  # aortic stenosis
        "I42.0": "heart_failure",  # dilated cardiomyopathy
        "I48.91": "arrhythmia",  # atrial fibrillation
        "I50.9": "heart_failure",
        "I51.81": "heart_failure",  # takotsubo syndrome
        "I5A": "heart_failure",
        "I71.00": "vascular",  # dissection of aorta
        "I97.0": "other",  # postcardiotomy syndrome
        "Q21.3": "congenital",  # tetralogy of Fallot
    }
    assert {code: areas.get(code) for code in expected} == expected
    assert set(areas.values()) == set(AREA_ROOTS)
    assert list(areas) == sorted(areas)
    assert all(is_code(code) for code in areas)


def test_cardiology_leaves_out_what_other_specialties_code(icd):
    """Stroke, lymph nodes, portal and oesophageal veins are listed nearby, not in it."""
    areas = cardiology_codes(icd.concepts)
    foreign = re.compile(
        r"(?<!pre)cerebr(al|ovasc)|intracranial|subarachnoid|lymph(aden|edem|angi)|esophageal|portal"
        r"|umbilical|scrotal|nevus|budd-chiari",
        re.IGNORECASE,
    )
    ontology = Ontology(icd.concepts)
    near = ontology.below(["chapter 9", "Q20-Q28"])
    named = {c for c in near if foreign.search(icd.concepts[c].name)}
    assert len(named) > 200
    assert sorted(icd.concepts[c].name for c in named & set(areas)) == []


def test_every_listed_range_and_exception_does_something(icd):
    """A mistyped code in the lists would be passed over in silence."""
    areas = cardiology_codes(icd.concepts)
    codes = [c for c in icd.concepts if is_code(c)]
    for first, last, area in AREA_RANGES:
        inside = {c for c in codes if first <= c[:3] <= last}
        assert {first, last} <= inside, f"{first}-{last}"
        assert area in AREA_ROOTS
        assert any(areas.get(c) == area for c in inside), f"{first}-{last}"
    for code, area in EXCEPTIONS.items():
        assert code in icd.concepts, code
        assert areas.get(code, "") == area != areas.get(code[:3]), code
