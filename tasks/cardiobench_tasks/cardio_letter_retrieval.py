"""CardioLetterRetrieval: a search in a clinician's words finds the one letter with these facts."""

from collections import defaultdict
from typing import Any

from cardiobench_tasks.catalogue import CARDIO_LETTER_RETRIEVAL
from cardiobench_tasks.item_scores import ItemScores
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.retrieval import RetrievalTask, stratum_means
from cardiobench_tasks.task_data import Row, Tables, written_rows

# A deciding fact before the first share of a letter's words is early, after the second one late.
EARLY, LATE = 0.4, 0.6


class CardioLetterRetrieval(RetrievalTask):
    """Retrieval over whole letters; main score nDCG@10.

    Letters come in groups of four near misses, which share most facts and differ in those that the
    queries ask for. ``group_accuracy`` is the share of queries whose letter stands first in its
    group (chance 0.25). Queries carry ``style`` (of the letter), ``kind`` (of fact) and
    ``position`` (``early``, ``middle`` or ``late``: where in the letter the deciding fact stands);
    nDCG@10 of each is a further score. Nothing here shortens a letter: what a model cannot read is
    lost to it.
    """

    spec = CARDIO_LETTER_RETRIEVAL
    metadata = task_metadata(
        CARDIO_LETTER_RETRIEVAL,
        origin="written",
        description=(
            "Find the one letter of a hospital's file that holds the facts asked for, in words "
            "that a clinician would type. Letters to general practitioners, discharge summaries "
            "and referrals of 250 to 380 words on invented patients, in groups of four that differ "
            "in the facts asked for; many deciding facts stand late in the letter, so models that "
            "read only its beginning miss them. Written by language models and read a second time "
            "by others against a checklist; no clinician has reviewed it."
        ),
        date=("2026-11-25", "2026-11-25"),
        task_subtypes=["Article retrieval"],
        domains=["Medical", "Written", "Constructed"],
        prompt={"query": "Given a clinician's search, retrieve the letter with these facts."},
    )

    def build(self) -> Tables:
        """Make corpus, queries and qrels from the text that comes with the package."""
        letters = written_rows("letters")
        style_of = {letter["id"]: letter["style"] for letter in letters}
        queries = written_rows("letter_queries")
        return {
            "corpus": [
                {key: letter[key] for key in ("id", "text", "group", "style", "area")}
                for letter in letters
            ],
            "queries": [
                {
                    "id": query["id"],
                    "text": query["text"],
                    "style": style_of[query["relevant"][0]],
                    "kind": query["kind"],
                    "position": _position(query),
                }
                for query in queries
            ],
            "qrels": [
                {"query": query["id"], "document": letter}
                for query in queries
                for letter in query["relevant"]
            ],
        }

    def task_specific_scores(
        self,
        scores: dict[str, dict[str, float]],
        qrels: Any,
        results: dict[str, dict[str, float]],
        hf_split: str,
        hf_subset: str,
    ) -> dict[str, float]:
        """nDCG@10 by style, kind and position, and accuracy within groups of near misses."""
        data = self.dataset[hf_subset][hf_split]
        prefixes = {"style": "", "kind": "kind_", "position": "position_"}
        near_misses = _near_misses(data["corpus"])
        wins = [
            _first_of_group(results.get(query, {}), letter, near_misses[letter])
            for query, relevant in data["relevant_docs"].items()
            for letter in relevant
        ]
        means = stratum_means(data["queries"], scores, prefixes)
        return {**means, "group_accuracy": sum(wins) / len(wins)}

    def item_scores(self, predictions: Any) -> ItemScores:
        """nDCG@10 of each query; queries for letters of one group share a cluster."""
        data = self.dataset["default"][self.spec.split]
        group_of = dict(zip(data["corpus"]["id"][:], data["corpus"]["group"][:], strict=True))
        scores = super().item_scores(predictions)
        return ItemScores(
            ids=scores.ids,
            values=scores.values,
            clusters=[[group_of[letter] for letter in letters] for letters in scores.clusters],
        )


def _near_misses(corpus: Any) -> dict[str, list[str]]:
    """Of each letter the others of its group."""
    # Sliced, since a column of a data set is slow to iterate over.
    letters = list(zip(corpus["id"][:], corpus["group"][:], strict=True))
    members: dict[str, list[str]] = defaultdict(list)
    for letter, group in letters:
        members[group].append(letter)
    return {
        letter: [other for other in members[group] if other != letter] for letter, group in letters
    }


def _position(query: Row) -> str:
    """Where in its letter the deciding fact of a query stands."""
    share = query["position"]
    return "early" if share < EARLY else "late" if share > LATE else "middle"


def _first_of_group(ranked: dict[str, float], letter: str, near_misses: list[str]) -> float:
    """1 if a letter scores higher than its near misses, 0 if not, a part of 1 if it ties.

    Args:
        ranked: scores of the best documents; what is not among them is below them all.
        letter: the right letter.
        near_misses: the other letters of its group.
    """
    lowest = float("-inf")
    own = ranked.get(letter, lowest)
    others = [ranked.get(other, lowest) for other in near_misses]
    if any(other > own for other in others):
        return 0.0
    return 1 / (1 + sum(other == own for other in others))
