"""How far a model in another number format or backend is from the model as published."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.foundation.files import read_json, write_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = "deviation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Cosines between texts, against those that the reference gives.

    Attributes:
        reference: name of the model that is the reference.
        texts: number of texts; every pair of them is compared.
        largest: largest absolute change of a pair's cosine.
        mean: mean absolute change.
    """

    reference: str
    texts: int
    largest: float
    mean: float


def deviation(
    reference: str, wanted: "NDArray[np.float32]", other: "NDArray[np.float32]"
) -> Deviation:
    """Compare the cosines of all pairs of texts.

    Args:
        reference: name of the model that gave ``wanted``.
        wanted: embeddings of the reference, shape (texts, dimension), float32, of length 1.
        other: embeddings of the other, likewise.
    """
    import numpy as np

    rows, columns = np.triu_indices(len(wanted), k=1)
    changes = np.abs((other @ other.T) - (wanted @ wanted.T))[rows, columns]
    return Deviation(
        reference=reference,
        texts=len(wanted),
        largest=float(changes.max()),
        mean=float(changes.mean()),
    )


def unit_embeddings(model: Any, texts: list[str]) -> "NDArray[np.float32]":
    """A model's embeddings of some texts, scaled to length 1."""
    embeddings: NDArray[np.float32] = model.encode(
        texts, batch_size=8, show_progress_bar=False, normalize_embeddings=True
    )
    return embeddings.astype("float32")


def write_deviation(folder: Path, measured: Deviation) -> None:
    """Keep it with an entry's extras."""
    write_json(folder / FILE, asdict(measured))


def read_deviation(folder: Path) -> Deviation | None:
    """What :func:`write_deviation` kept, if there is any."""
    path = folder / FILE
    return Deviation(**read_json(path)) if path.is_file() else None
