"""CardioAbbreviationRetrieval: an abbreviation finds what it stands for. Text: CC BY 4.0."""

from cardiobench_example import ABBREVIATIONS
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.retrieval import RetrievalTask
from cardiobench_tasks.task_data import Tables

MEANINGS = {
    "AF": "Atrial fibrillation, an irregularly irregular rhythm without organised P waves.",
    "AVNRT": "Atrioventricular nodal re-entrant tachycardia, a regular tachycardia that re-enters "
    "through dual pathways of the atrioventricular node.",
    "BNP": "B-type natriuretic peptide, released by stretched ventricles and raised in heart "
    "failure.",
    "CABG": "Coronary artery bypass grafting, an operation that leads blood past narrowed coronary "
    "arteries.",
    "CRT": "Cardiac resynchronisation therapy, pacing of both ventricles in heart failure with a "
    "wide QRS complex.",
    "DAPT": "Dual antiplatelet therapy, aspirin together with a P2Y12 inhibitor.",
    "DOAC": "Direct oral anticoagulant, an inhibitor of thrombin or of factor Xa such as apixaban.",
    "DVT": "Deep vein thrombosis, a clot in the deep veins, mostly of the leg.",
    "HCM": "Hypertrophic cardiomyopathy, a thickened left ventricle that abnormal loading does not "
    "explain.",
    "HFpEF": "Heart failure with preserved ejection fraction, of 50 per cent or more.",
    "HFrEF": "Heart failure with reduced ejection fraction, of 40 per cent or less.",
    "ICD": "Implantable cardioverter defibrillator, a device that ends ventricular fibrillation by "
    "a shock.",
    "LBBB": "Left bundle branch block, a wide QRS complex because the left ventricle is activated "
    "late.",
    "LVEF": "Left ventricular ejection fraction, the share of the end-diastolic volume that leaves "
    "with a beat.",
    "LVH": "Left ventricular hypertrophy, an increased mass of the left ventricle.",
    "MRA": "Mineralocorticoid receptor antagonist such as spironolactone.",
    "NSTEMI": "Myocardial infarction without persistent ST-segment elevation.",
    "PCI": "Percutaneous coronary intervention, opening a coronary artery through a catheter, "
    "mostly with a stent.",
    "PDA": "Patent ductus arteriosus, a fetal vessel between aorta and pulmonary artery that stays "
    "open.",
    "PE": "Pulmonary embolism, a clot carried into the arteries of the lung.",
    "POTS": "Postural orthostatic tachycardia syndrome, a fast pulse on standing without a fall in "
    "blood pressure.",
    "STEMI": "Myocardial infarction with ST-segment elevation, which needs immediate reperfusion.",
    "TAVI": "Transcatheter aortic valve implantation, replacing the aortic valve through a vessel.",
    "TOE": "Transoesophageal echocardiography, ultrasound of the heart from the gullet.",
    "VSD": "Ventricular septal defect, a hole between the two ventricles.",
    "WPW": "Wolff-Parkinson-White syndrome, pre-excitation over an accessory pathway with "
    "tachycardias.",
}


class CardioAbbreviationRetrieval(RetrievalTask):
    """Retrieval with one right meaning for each abbreviation; main score nDCG@10."""

    spec = ABBREVIATIONS
    metadata = task_metadata(
        ABBREVIATIONS,
        origin="written",
        description="Find what a cardiology abbreviation stands for. Model-written; no clinician "
        "has reviewed it.",
        dataset={"path": "cardiobench-example/abbreviations", "revision": ABBREVIATIONS.revision},
        task_subtypes=["Question answering"],
        prompt={"query": "Given a cardiology abbreviation, retrieve what it stands for."},
    )

    def build(self) -> Tables:
        """Make the tables from the meanings above."""
        return {
            "corpus": [{"id": f"d-{name}", "text": text} for name, text in MEANINGS.items()],
            "queries": [{"id": f"q-{name}", "text": name} for name in MEANINGS],
            "qrels": [{"query": f"q-{name}", "document": f"d-{name}"} for name in MEANINGS],
        }
