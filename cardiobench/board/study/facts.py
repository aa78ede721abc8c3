"""The study's tables: fixtures of our statistics, and a page and figures of their own."""

import csv
from dataclasses import dataclass
from importlib import resources

from cardiobench.board.ablation import AblationCell

SOURCE = "arXiv:2511.19739"
USEFUL_SEPARATION = 0.3
_TIERS = ((0.45, "high"), (0.25, "moderate"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedModel:
    """One model as the study reports it, after adaptation unless said otherwise.

    Attributes:
        name: as in the study.
        base: hub id of the checkpoint.
        decoder: whether the study files it under decoders.
        parameters: number of parameters, as rounded by the study.
        embedding_dim: length of an embedding.
        separation: mean cosine of 50 similar less that of 50 different pairs.
        zero_shot_separation: the same before adaptation.
        texts_per_second: best throughput over its batch sizes, A100 80GB.
        memory_gb: peak GPU memory, in GB.
        licence: SPDX identifier, or the licence's own name.
    """

    name: str
    base: str
    decoder: bool
    parameters: float
    embedding_dim: int
    separation: float
    zero_shot_separation: float
    texts_per_second: float
    memory_gb: float
    licence: str

    @property
    def gain(self) -> float:
        """Change of the separation by adaptation."""
        return self.separation - self.zero_shot_separation


def reported_models() -> list[ReportedModel]:
    """The study's ten models, by separation, best first."""
    return [
        ReportedModel(
            name=row["model"],
            base=row["base_model"],
            decoder=row["architecture"] == "decoder",
            parameters=float(row["params_millions"]) * 1e6,
            embedding_dim=int(row["embedding_dim"]),
            separation=float(row["separation"]),
            zero_shot_separation=float(row["zero_shot_separation"]),
            texts_per_second=float(row["throughput_emb_per_s"]),
            memory_gb=float(row["memory_gb"]),
            licence=row["license"],
        )
        for row in _rows("results.csv")
    ]


def reported_ablation() -> list[AblationCell]:
    """The study's ablation on BioLinkBERT, from 10 pairs a side."""
    ranks = (8, 16, 32)
    return [
        AblationCell(
            fraction=float(row["data_fraction"]),
            rank=rank,
            loss=row["loss"],
            score=float(row[f"rank_{rank}"]),
        )
        for row in _rows("ablation.csv")
        for rank in ranks
    ]


def tier(separation: float) -> str:
    """The study's word: ``high`` (0.45 or more), ``moderate`` (0.25 or more) or ``low``."""
    return next((name for least, name in _TIERS if separation >= least), "low")


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("cardiobench.board.study") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
