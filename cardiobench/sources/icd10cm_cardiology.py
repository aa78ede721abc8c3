"""Which ICD-10-CM codes are cardiology, and the area of each.

Chapter 9 also holds stroke, lymph nodes, oesophageal varices and portal veins. As in
:mod:`cardiobench.sources.hpo_cardiology`, what other specialties see is left out, and areas bear
the names given there.
"""

from collections.abc import Mapping

from cardiobench.sources.concept import Concept
from cardiobench.sources.icd10cm import is_code

# First and last category of each range, as text: "I16" < "I1A". A category in no range is left
# out: cerebrovascular disease (I60-I69), portal vein (I81), varices of oesophagus and other sites
# (I85-I86), lymph nodes and vessels (I88-I89), gangrene (I96). Haemorrhoids are in chapter 11.
AREA_RANGES: tuple[tuple[str, str, str], ...] = (
    ("I00", "I02", "other"),  # acute rheumatic fever
    ("I05", "I09", "valve"),  # chronic rheumatic heart disease
    ("I10", "I1A", "hypertension_pulmonary"),  # hypertensive disease
    ("I20", "I25", "ischaemic"),  # ischaemic heart disease
    ("I26", "I28", "hypertension_pulmonary"),  # pulmonary embolism, heart and vessels
    ("I30", "I32", "pericardial"),  # pericarditis, effusion, tamponade
    ("I33", "I39", "valve"),  # endocarditis, nonrheumatic valve disorders
    ("I40", "I43", "heart_failure"),  # myocarditis, cardiomyopathy
    ("I44", "I49", "arrhythmia"),  # conduction disorders, cardiac arrest, arrhythmias
    ("I50", "I50", "heart_failure"),  # heart failure
    ("I51", "I52", "other"),  # ill-defined heart disease, heart disorders in other diseases
    ("I5A", "I5A", "heart_failure"),  # myocardial injury that is not ischaemic
    ("I70", "I79", "vascular"),  # arteries
    ("I80", "I80", "vascular"),  # phlebitis
    ("I82", "I83", "vascular"),  # venous thrombosis, varicose veins of the legs
    ("I87", "I87", "vascular"),  # other disorders of veins
    ("I95", "I95", "hypertension_pulmonary"),  # hypotension: blood pressure, as in HPO's area
    ("I97", "I97", "other"),  # complications of procedures
    ("I99", "I99", "other"),  # unspecified
    ("Q20", "Q28", "congenital"),  # congenital malformations of the circulatory system
)

# Codes, with all below them, that differ from their category; "" leaves them out.
EXCEPTIONS: dict[str, str] = {
    "I01.0": "pericardial",  # acute rheumatic pericarditis
    "I01.1": "valve",  # acute rheumatic endocarditis
    "I01.2": "heart_failure",  # acute rheumatic myocarditis
    "I02.9": "",  # rheumatic chorea without heart involvement
    "I09.0": "heart_failure",  # rheumatic myocarditis
    "I09.2": "pericardial",  # chronic rheumatic pericarditis
    "I09.81": "heart_failure",  # rheumatic heart failure
    "I51.1": "valve",  # rupture of chordae tendineae
    "I51.2": "valve",  # rupture of papillary muscle
    "I51.4": "heart_failure",  # myocarditis
    "I51.5": "heart_failure",  # myocardial degeneration
    "I51.7": "heart_failure",  # cardiomegaly
    "I51.81": "heart_failure",  # takotsubo syndrome
    "I78.1": "",  # nevus
    "I82.0": "",  # Budd-Chiari syndrome
    "I97.2": "",  # lymphoedema after mastectomy
    "I97.3": "hypertension_pulmonary",  # hypertension after a procedure
    "I97.81": "",  # stroke during a procedure
    "I97.82": "",  # stroke after a procedure
    "Q26.5": "",  # portal vein
    "Q26.6": "",  # portal vein to hepatic artery
    "Q27.0": "",  # umbilical artery
    "Q28.0": "",  # vessels to the brain
    "Q28.1": "",
    "Q28.2": "",  # vessels of the brain
    "Q28.3": "",
}


def cardiology_codes(concepts: Mapping[str, Concept]) -> dict[str, str]:
    """The cardiology codes of a release and the area of each.

    Args:
        concepts: every ICD-10-CM concept by identifier.

    Returns:
        Code to area, in code order; chapters and blocks are left out.
    """
    area_of = {code: _area(code) for code in sorted(concepts) if is_code(code)}
    return {code: area for code, area in area_of.items() if area}


def _area(code: str) -> str:
    """The area of a code, or ``""``; the longest listed beginning decides."""
    for length in range(len(code), 3, -1):
        if code[:length] in EXCEPTIONS:
            return EXCEPTIONS[code[:length]]
    category = code[:3]
    return next((area for low, high, area in AREA_RANGES if low <= category <= high), "")
