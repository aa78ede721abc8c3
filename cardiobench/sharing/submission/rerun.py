"""Loading the model and encoding a sample again: do the stored similarities come from it?"""

import copy
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cardiobench.errors import WeightsError
from cardiobench.evaluation.evaluate import run_mteb
from cardiobench.foundation.files import sha256_file
from cardiobench.models.baselines import BASELINES, load_baseline
from cardiobench.models.checkpoint import pinned
from cardiobench.models.encoder import load_adapter, load_encoder
from cardiobench.models.hub_models import foreign_meta, load_foreign
from cardiobench.models.supplied_encoders import supplied_encoder
from cardiobench.plugins.architecture import Precision
from cardiobench.plugins.registry import load_plugins
from cardiobench.results.entry import WEIGHTS, predictions_file
from cardiobench.sharing.submission.adapter_options import check_adapter_options
from cardiobench.sharing.submission.architectures import known_architectures
from cardiobench.sharing.submission.contents import Contents
from cardiobench.sharing.submission.copies import Known
from cardiobench.sharing.submission.deviation import (
    Deviations,
    pair_deviations,
    query_deviations,
)
from cardiobench.sharing.submission.given_weights import given_architecture
from cardiobench.sharing.submission.recompute import COSINES, TaskAnew
from cardiobench.sharing.submission.report import Report, shown
from cardiobench.sharing.submission.sample import Sample
from cardiobench.sharing.submission.similarity import wrong_lists
from cardiobench.sharing.submission.tolerance import TOLERANCES

# A corpus up to this size is searched whole; of a larger one, this many further documents are.
WHOLE_CORPUS = 2_000
_FILES = ("adapter_config.json", "adapter_model.safetensors")


@contextmanager
def loaded(
    contents: Contents,
    device: str | None,
    *,
    trust_remote_code: bool,
    weights: Mapping[str, str] | None = None,
    pooling: str | None = None,
) -> Iterator[tuple[Any, float]]:
    """The entry's model as an mteb encoder, and the tolerance of its number format.

    Nothing of the submission but its adapter (safetensors, and LoRA options that were checked) is
    loaded; the base comes from the plugin, mteb or the hub at the revision that the entry states.

    Args:
        contents: the entry.
        device: torch device, or None for the best at hand.
        trust_remote_code: whether code from the hub may run.
        weights: name of a model, or of an architecture, to the folder where its weights lie.
        pooling: for a folder that does not say how it pools.

    Raises:
        WeightsError: the weights are closed, unknown here, of another revision, or out of reach.
    """
    model = contents.manifest.model
    spec = given_architecture(contents, weights or {}, pooling)
    if not contents.record.open_weights and spec is None:
        raise WeightsError(
            f"{model.name} has closed weights and cannot be re-run, unless you have them. "
            f"Then add: --weights {model.adapted_from or model.name}=FOLDER"
        )
    with tempfile.TemporaryDirectory(prefix="cardiobench-") as name:
        scratch = Path(name)
        if spec is not None:
            encoder, precision = _own(contents, spec, device, trust_remote_code, scratch)
        else:
            encoder, precision = _encoder(contents, device, trust_remote_code, scratch)
        yield encoder, TOLERANCES[precision]


def _encoder(
    contents: Contents, device: str | None, trust_remote_code: bool, scratch: Path
) -> tuple[Any, Precision]:

    model = contents.manifest.model
    if model.name in BASELINES:
        encoder = load_baseline(model.name)
        _same_revision(model.revision, encoder.mteb_model_meta.revision)
        return encoder, Precision.FLOAT32
    known = known_architectures()
    if model.architecture in known:
        return _own(contents, known[model.architecture], device, trust_remote_code, scratch)
    if model.kind == "adapted":
        what = "it"
        if model.plugin is not None:
            what = f"{model.plugin.package} {model.plugin.version}"
        raise WeightsError(
            f"No installed plugin supplies {model.architecture}. Install {what}, or say where the "
            f"base's weights lie: --weights {model.adapted_from}=FOLDER"
        )
    supplied = supplied_encoder(load_plugins(), model.name, device, keep=False)
    if supplied is not None:
        _same_revision(model.revision, supplied.mteb_model_meta.revision)
        return supplied, Precision.FLOAT32
    if model.plugin is not None:
        package = f"{model.plugin.package} {model.plugin.version}"
        raise WeightsError(f"The model comes from a plugin: install {package}, then verify again.")
    meta = foreign_meta(model.name, trust_remote_code=trust_remote_code)
    _same_revision(model.revision, meta.revision)
    return load_foreign(meta, device), Precision.FLOAT32


def _own(
    contents: Contents, spec: Any, device: str | None, trust_remote_code: bool, scratch: Path
) -> tuple[Any, Precision]:
    """A model of an architecture that a plugin supplies."""
    from cardiobench.models.embedding_table import EmbeddingTable
    from cardiobench.models.mteb_meta import adapted_meta, base_meta

    plugins = load_plugins()
    model, spec = contents.manifest.model, pinned(spec, built=plugins.builds(spec))
    if model.kind == "adapted":
        name, wanted = model.adapted_from, spec.checkpoint
    else:
        _same_revision(model.revision, spec.revision)
        name, wanted = model.name, spec.model_name
    if name != wanted:
        raise WeightsError(f"{spec.name} is {wanted}, but the entry says {shown(name)}.")
    encoder = load_encoder(spec, plugins, device=device, trust_remote_code=trust_remote_code)
    meta = base_meta(spec)
    if model.kind == "adapted":
        encoder = load_adapter(encoder, _adapter(contents, scratch))
        meta = adapted_meta(spec, name=model.name, revision=model.revision)
    return EmbeddingTable(encoder, meta), spec.precision


def _same_revision(stated: str, own: str | None) -> None:
    if stated != own:
        raise WeightsError(f"The model at hand is revision {own}, the entry's is {stated}.")


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
    encoder: Any,
    tolerance: float,
    anew: TaskAnew,
    contents: Contents,
    sample: Sample,
    out: Report,
    base: Known | None = None,
) -> None:
    """Encode a sample of one task again; note what the model does not give, and what no noise does.

    For pairs, every kind of similarity. For queries, the scores of documents, and whether a
    document that scores better than the last stored one was left out.

    Args:
        encoder: the model as an mteb encoder.
        tolerance: how far a single similarity may be off.
        anew: the task.
        contents: the entry.
        sample: how much.
        out: takes the findings.
        base: predictions of the model that this one was adapted from: where it gained most is
            looked at first.
    """
    spec = anew.spec
    stored = contents.predictions[spec.name]["default"][spec.split]
    check = _rerun_queries if anew.is_retrieval else _rerun_pairs
    deviations, others = check(encoder, tolerance, anew, stored, sample, base)
    out.rerun[spec.name] = len(deviations.items)
    for wrong in (*deviations.wrong(tolerance), *others):
        out.add(predictions_file(spec.name), wrong, "The model must give them. cardiobench run")


def _rerun_pairs(
    encoder: Any, tolerance: float, anew: TaskAnew, stored: Any, sample: Sample, base: Known | None
) -> tuple[Deviations, list[str]]:
    labels = anew.labels()
    gains: dict[int, float] = {}
    if base is not None and base.names is None and len(base.scores) == len(labels):
        signs = [1 if label == 1 else -1 for label in labels]
        changes = zip(signs, stored[COSINES], base.scores, strict=True)
        gains = {row: sign * (now - before) for row, (sign, now, before) in enumerate(changes)}
    rows = sample.choose_by_gain(anew.spec.name, range(len(labels)), gains)
    part = copy.copy(anew.task)
    part.dataset = {anew.spec.split: anew.split().select(rows)}
    part._compute_metrics = lambda *lists: {anew.spec.main_score: 0.0}
    again = _predictions(encoder, part, anew)
    kept = {key: [values[row] for row in rows] for key, values in stored.items()}
    deviations = pair_deviations(kept[COSINES], again[COSINES], [labels[row] for row in rows])
    return deviations, list(wrong_lists(kept, again, tolerance))


def _rerun_queries(
    encoder: Any, tolerance: float, anew: TaskAnew, stored: Any, sample: Sample, base: Known | None
) -> tuple[Deviations, list[str]]:
    name, split, name_of_score = anew.spec.name, anew.split(), anew.spec.main_score
    relevant = {q: {d for d, grade in split["relevant_docs"][q].items() if grade} for q in stored}
    gains = _query_gains(stored, relevant, base)
    queries = sample.choose_by_gain(name, sorted(stored), gains)
    ids = list(split["corpus"]["id"][:])
    candidates = split.get("top_ranked") or {}
    kept = {document for query in queries for document in stored[query]}
    others = [] if candidates else [document for document in ids if document not in kept]
    if sample.size is not None and len(ids) > WHOLE_CORPUS:
        others = sample.choose(name, others, WHOLE_CORPUS)
    searched, chosen = kept | set(others), set(queries)
    part = copy.copy(anew.task)
    part.dataset = {
        "default": {
            anew.spec.split: {
                "corpus": split["corpus"].select(_places(ids, searched)),
                "queries": split["queries"].select(
                    _places(list(split["queries"]["id"][:]), chosen)
                ),
                "relevant_docs": {query: split["relevant_docs"][query] for query in queries},
                "top_ranked": {query: candidates[query] for query in queries if query in candidates}
                or None,
            }
        }
    }
    part._top_k = len(searched)
    # Only the predictions are wanted; mteb needs a main score to go on.
    part.task_specific_scores = lambda *args, **options: {name_of_score: 0.0}
    again = _predictions(encoder, part, anew)
    compared = [(stored[query], again[query], relevant[query]) for query in queries]
    return query_deviations(compared), []


def _query_gains(
    stored: Any, relevant: dict[str, set[str]], base: Known | None
) -> dict[str, float]:
    """By how much the best relevant document of each query scores better than with the base."""
    if base is None or base.names is None:
        return {}
    gains = {}
    for query, documents in stored.items():
        shared = [
            score - before
            for document, score in documents.items()
            if document in relevant[query]
            and (before := base.score_of(query, document)) is not None
        ]
        # One that the base did not rank among its best has risen farther than any other.
        gains[query] = max(shared) if shared else float(bool(relevant[query] & documents.keys()))
    return gains


def _places(ids: list[str], chosen: set[str]) -> list[int]:
    return [number for number, name in enumerate(ids) if name in chosen]


def _predictions(encoder: Any, part: Any, anew: TaskAnew) -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, predictions = run_mteb(encoder, part)
    return predictions["default"][anew.spec.split]
