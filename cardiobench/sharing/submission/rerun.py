"""Loading the model and encoding a sample again: do the stored similarities come from it?"""

import copy
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardiobench.errors import WeightsError
from cardiobench.evaluation.evaluate import run_mteb
from cardiobench.foundation.files import sha256_file
from cardiobench.models.baselines import BASELINES, load_baseline
from cardiobench.models.checkpoint import pinned
from cardiobench.models.encoder import load_adapter, load_encoder
from cardiobench.models.hub_models import foreign_meta, load_foreign
from cardiobench.plugins.architecture import Precision
from cardiobench.plugins.registry import load_plugins
from cardiobench.results.entry import WEIGHTS, predictions_file
from cardiobench.sharing.submission.contents import Contents, check_adapter_options
from cardiobench.sharing.submission.recompute import COSINES, TaskAnew
from cardiobench.sharing.submission.report import Report, shown

# By how much a similarity may differ when the same model runs on other hardware or in other
# batches. Cosines of unit vectors: half precision keeps 11 bits of a number, bfloat16 keeps 8.
TOLERANCES = {
    Precision.FLOAT32: 1e-4,
    Precision.FLOAT16: 5e-3,
    Precision.BFLOAT16: 2e-2,
    Precision.INT8: 2e-2,
    Precision.INT4: 2e-2,
}
# A corpus up to this size is searched whole; of a larger one, this many further documents are.
WHOLE_CORPUS = 2_000
_FILES = ("adapter_config.json", "adapter_model.safetensors")


@dataclass(frozen=True, slots=True)
class Sample:
    """How much is encoded again: at most ``size`` pairs or queries a task, chosen by ``seed``."""

    size: int | None
    seed: int

    def choose(self, task: str, among: list[Any], size: int | None = None) -> list[Any]:
        """A random part in its old order; all of it where no size is set."""
        limit = self.size if size is None else size
        if limit is None or len(among) <= limit:
            return among
        # Numbers, not secrets: whoever knows the seed may repeat the choice.
        chosen = random.Random(f"{self.seed}-{task}").sample(range(len(among)), limit)  # noqa: S311
        return [among[k] for k in sorted(chosen)]


@contextmanager
def loaded(
    contents: Contents, device: str | None, *, trust_remote_code: bool
) -> Iterator[tuple[Any, float]]:
    """The entry's model as an mteb encoder, and the tolerance of its number format.

    Nothing of the submission but its adapter (safetensors, and LoRA options that were checked) is
    loaded; the base comes from the plugin, mteb or the hub at the revision that the entry states.

    Raises:
        WeightsError: the weights are closed, unknown here, of another revision, or out of reach.
    """
    model = contents.manifest.model
    if not contents.record.open_weights:
        raise WeightsError(f"{model.name} has closed weights and cannot be re-run.")
    with tempfile.TemporaryDirectory(prefix="cardiobench-") as scratch:
        encoder, precision = _encoder(contents, device, trust_remote_code, Path(scratch))
        yield encoder, TOLERANCES[precision]


def _encoder(
    contents: Contents, device: str | None, trust_remote_code: bool, scratch: Path
) -> tuple[Any, Precision]:

    model = contents.manifest.model
    if model.name in BASELINES:
        encoder = load_baseline(model.name)
        _same_revision(model.revision, encoder.mteb_model_meta.revision)
        return encoder, Precision.FLOAT32
    known = {
        variant.name: variant
        for spec, _ in load_plugins().architectures()
        for variant in (spec, *(spec.at(precision) for precision in Precision))
    }
    if model.architecture in known:
        return _own(contents, known[model.architecture], device, trust_remote_code, scratch)
    if model.kind == "adapted":
        raise WeightsError(f"No installed plugin supplies {model.architecture}; install it.")
    meta = foreign_meta(model.name, trust_remote_code=trust_remote_code)
    _same_revision(model.revision, meta.revision)
    return load_foreign(meta, device), Precision.FLOAT32


def _own(
    contents: Contents, spec: Any, device: str | None, trust_remote_code: bool, scratch: Path
) -> tuple[Any, Precision]:
    """A model of an architecture that a plugin supplies."""
    from cardiobench.models.embedding_table import EmbeddingTable
    from cardiobench.models.mteb_meta import adapted_meta, base_meta

    model, spec = contents.manifest.model, pinned(spec)
    if model.kind == "adapted":
        name, wanted = model.adapted_from, spec.checkpoint
    else:
        _same_revision(model.revision, spec.revision)
        name, wanted = model.name, spec.model_name
    if name != wanted:
        raise WeightsError(f"{spec.name} is {wanted}, but the entry says {shown(name)}.")
    encoder = load_encoder(spec, load_plugins(), device=device, trust_remote_code=trust_remote_code)
    meta = base_meta(spec)
    if model.kind == "adapted":
        encoder = load_adapter(encoder, _adapter(contents, scratch))
        meta = adapted_meta(spec, name=model.name, revision=model.revision)
    return EmbeddingTable(encoder, meta), spec.precision


def _same_revision(stated: str, found: str | None) -> None:
    if stated != found:
        raise WeightsError(f"The model at hand is revision {found}, the entry's is {stated}.")


def _adapter(contents: Contents, scratch: Path) -> Path:
    """The adapter's two files in a folder of ours, from the entry or the hub, hash checked."""
    from huggingface_hub import snapshot_download

    training, address = contents.manifest.training, contents.record.adapter
    source = contents.folder / WEIGHTS.rpartition("/")[0]
    if WEIGHTS not in contents.hashes and address:
        name, _, revision = address.partition("@")
        try:
            fetched = snapshot_download(name, revision=revision, allow_patterns=list(_FILES))
        except Exception as error:
            raise WeightsError(f"The adapter {address} cannot be had: {error}") from error
        source = Path(fetched)
    for file in _FILES:
        if not (source / file).is_file():
            raise WeightsError(f"The adapter has no {file}.")
        shutil.copyfile(source / file, scratch / file)
    if training is None or sha256_file(scratch / _FILES[1]) != training.adapter_sha256:
        raise WeightsError("The adapter is not that of the training record (other SHA-256).")

    check_adapter_options((scratch / _FILES[0]).read_bytes())
    return scratch


def rerun_task(
    encoder: Any, tolerance: float, anew: TaskAnew, contents: Contents, sample: Sample, out: Report
) -> None:
    """Encode a sample of one task again; note similarities that differ by more than the tolerance.

    For pairs, their cosines. For queries, the scores of documents, and whether a document that
    scores better than the last stored one was left out.
    """
    spec = anew.spec
    stored = contents.predictions[spec.name]["default"][spec.split]
    check = _rerun_queries if anew.is_retrieval else _rerun_pairs
    count, worst, wrong = check(encoder, tolerance, anew, stored, sample)
    out.rerun[spec.name] = count
    if wrong:
        said = f"{wrong} of {count} items encoded again are not what is stored (worst: {worst:.2g})"
        remedy = f"The model must give them to {tolerance:g}. Type: cardiobench run"
        out.add(predictions_file(spec.name), said, remedy)


def _rerun_pairs(
    encoder: Any, tolerance: float, anew: TaskAnew, stored: Any, sample: Sample
) -> tuple[int, float, int]:
    rows = sample.choose(anew.spec.name, list(range(len(anew.split()))))
    part = copy.copy(anew.task)
    part.dataset = {anew.spec.split: anew.split().select(rows)}
    part._compute_metrics = lambda *found: {anew.spec.main_score: 0.0}
    found = _predictions(encoder, part, anew)[COSINES]
    apart = [abs(found[k] - stored[COSINES][row]) for k, row in enumerate(rows)]
    return len(rows), max(apart), sum(not difference <= tolerance for difference in apart)


def _rerun_queries(
    encoder: Any, tolerance: float, anew: TaskAnew, stored: Any, sample: Sample
) -> tuple[int, float, int]:
    name, split = anew.spec.name, anew.split()
    queries = set(sample.choose(name, sorted(stored)))
    ids = list(split["corpus"]["id"])
    kept = {document for query in queries for document in stored[query]}
    others = [document for document in ids if document not in kept]
    if sample.size is not None and len(ids) > WHOLE_CORPUS:
        others = sample.choose(name, others, WHOLE_CORPUS)
    searched = kept | set(others)
    part = copy.copy(anew.task)
    part.dataset = {
        "default": {
            anew.spec.split: {
                "corpus": split["corpus"].select(_places(ids, searched)),
                "queries": split["queries"].select(_places(list(split["queries"]["id"]), queries)),
                "relevant_docs": {query: split["relevant_docs"][query] for query in queries},
                "top_ranked": None,
            }
        }
    }
    part._top_k = len(searched)
    part.task_specific_scores = lambda *args, **options: {}
    found = _predictions(encoder, part, anew)
    apart = {query: _apart(found[query], stored[query]) for query in queries}
    wrong = sum(not difference <= tolerance for difference in apart.values())
    return len(queries), max(apart.values()), wrong


def _places(ids: list[str], chosen: set[str]) -> list[int]:
    return [number for number, name in enumerate(ids) if name in chosen]


def _apart(found: dict[str, float], stored: dict[str, float]) -> float:
    """Largest difference of a stored score, or by how much a document left out is better."""
    differences = [abs(found[document] - score) for document, score in stored.items()]
    last = min(stored.values())
    left_out = [score - last for document, score in found.items() if document not in stored]
    return max([*differences, *left_out])


def _predictions(encoder: Any, part: Any, anew: TaskAnew) -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, predictions = run_mteb(encoder, part)
    return predictions["default"][anew.spec.split]
