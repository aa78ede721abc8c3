"""What a reader who did not build a task found in a sample of its items."""

from dataclasses import dataclass

# A task with this share of wrong items or more is to be mended and read again.
MAX_WRONG = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Counts of one kind of item, drawn at random and read one by one.

    Attributes:
        items: what was read.
        read: how many.
        wrong: items whose label is wrong, or whose right answer is not the only right one.
        doubtful: items on which two cardiologists might differ.
        found: the kinds of fault, a sentence or nothing.
    """

    items: str
    read: int
    wrong: int
    doubtful: int
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReadings:
    """What was read of a task.

    Attributes:
        revision: first digits of the revision of the data that were read; others were not.
        parts: kind by kind.
    """

    revision: str
    parts: tuple[Reading, ...]

    @property
    def read(self) -> int:
        """How many items were read."""
        return sum(part.read for part in self.parts)

    @property
    def wrong(self) -> int:
        """How many of them were wrong."""
        return sum(part.wrong for part in self.parts)

    @property
    def to_be_mended(self) -> bool:
        """Whether too many were wrong."""
        return self.wrong >= MAX_WRONG * self.read


_NOT_READ = "The further documents of the hard corpus were not read."

READINGS: dict[str, TaskReadings] = {
    "CardioSeparation": TaskReadings(
        revision="7c4f1f4f9bae",
        parts=(
            Reading(
                items="HPO, similar pairs",
                read=100,
                wrong=3,
                doubtful=7,
                found="Siblings whose parent is no more than a site: a dilated left ventricle and "
                "double outlet left ventricle, a hypoplastic right ventricle and cor pulmonale.",
            ),
            Reading(
                items="HPO, different pairs",
                read=100,
                wrong=4,
                doubtful=4,
                found="Malformations of the great and the coronary arteries, filed as vascular or "
                "ischaemic, against other congenital heart disease; an occluded artery against a "
                "narrowed aorta.",
            ),
            Reading(
                items="ICD-10-CM, similar pairs",
                read=50,
                wrong=1,
                doubtful=3,
                found='Siblings below "Other congenital malformations of heart" (congenital heart '
                'block and levocardia); "Other cardiac arrhythmias" is as wide.',
            ),
            Reading(items="ICD-10-CM, different pairs", read=50, wrong=0, doubtful=1),
        ),
    ),
    "CardioNegation": TaskReadings(
        revision="b2c7fa39572f",
        parts=(
            Reading(items="balanced triplets", read=100, wrong=0, doubtful=1),
            Reading(items="adversarial triplets", read=20, wrong=0, doubtful=0),
        ),
    ),
    "CardioAbbreviation": TaskReadings(
        revision="6ff7c08949fa", parts=(Reading(items="triplets", read=100, wrong=0, doubtful=1),)
    ),
    "CardioTermRetrieval": TaskReadings(
        revision="4f0a2b23b4b1",
        parts=(
            Reading(
                items="queries with their definitions",
                read=100,
                wrong=1,
                doubtful=4,
                found='"Heart racing" stands for tachycardia and is what the definition of '
                "palpitations says. Outside the sample: HPO defines an abnormal ECG as an abnormal "
                "rhythm (three queries).",
            ),
        ),
    ),
    "CardioCodeRetrieval": TaskReadings(
        revision="e29bc13e36dd",
        parts=(
            Reading(
                items="queries with their titles",
                read=100,
                wrong=0,
                doubtful=9,
                found='The child of a code that adds only a default ("without angina pectoris") is '
                "counted wrong.",
            ),
        ),
    ),
    "CardioPhenotypeRetrieval": TaskReadings(
        revision="28e5e25adec5",
        parts=(
            Reading(
                items="wrong findings of 100 diseases (of their 441 right ones, none was wrong)",
                read=441,
                wrong=12,
                doubtful=38,
                found="Parts of a right finding (pulmonic stenosis in tetralogy of Fallot, a wide "
                "QRS in bundle branch block, cardiomegaly in a dilated heart) and well known "
                "findings that no annotation gives.",
            ),
        ),
    ),
    "CardioQARetrieval": TaskReadings(
        revision="2bdd09a64acb",
        parts=(Reading(items="questions with their passages", read=100, wrong=0, doubtful=0),),
    ),
    "CardioLetterRetrieval": TaskReadings(
        revision="ca73b8bfcdf6",
        parts=(
            Reading(
                items="searches with the four letters of a group", read=100, wrong=0, doubtful=2
            ),
        ),
    ),
    "PulmonarySeparation": TaskReadings(
        revision="ed29d5c18ced",
        parts=(
            Reading(items="similar pairs", read=50, wrong=0, doubtful=1),
            Reading(
                items="different pairs",
                read=50,
                wrong=2,
                doubtful=4,
                found="Two values of one lung function test; a spot on the lung against a tumour "
                "of the bronchi.",
            ),
        ),
    ),
    "RenalSeparation": TaskReadings(
        revision="cd8474e1585f",
        parts=(
            Reading(items="similar pairs", read=50, wrong=0, doubtful=3),
            Reading(
                items="different pairs",
                read=50,
                wrong=2,
                doubtful=4,
                found="Cause and consequence along one outflow: bladder neck obstruction and "
                "reflux, megaureter and megacystis.",
            ),
        ),
    ),
    "NeuroSeparation": TaskReadings(
        revision="e4e66359e615",
        parts=(
            Reading(items="similar pairs", read=50, wrong=0, doubtful=1),
            Reading(
                items="different pairs",
                read=50,
                wrong=1,
                doubtful=2,
                found="Two tumours inside the skull.",
            ),
        ),
    ),
    "CardioTermRetrievalHard": TaskReadings(
        revision="66827dbbba35",
        parts=(
            Reading(
                items="queries, as in CardioTermRetrieval",
                read=100,
                wrong=1,
                doubtful=4,
                found=_NOT_READ,
            ),
        ),
    ),
    "CardioCodeRetrievalHard": TaskReadings(
        revision="d34daf0393b3",
        parts=(
            Reading(
                items="queries, as in CardioCodeRetrieval",
                read=100,
                wrong=0,
                doubtful=9,
                found=_NOT_READ,
            ),
        ),
    ),
    "CardioValue": TaskReadings(
        revision="f57c3fbbb199",
        parts=(Reading(items="stems with both values", read=100, wrong=0, doubtful=1),),
    ),
}
