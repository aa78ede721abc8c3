"""Ours against stock mteb and stock sentence-transformers, interleaved, with MiniLM.

Figures are ratios of processor time (user and system) in one process; those of wall clock, which
depend on what else the machine does, stand beside them. ``CARDIOBENCH_ROUNDS`` sets the rounds.
"""

import math
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interleaving import ROUNDS, interleaved, ratios

TEXTS = 400
TOLERANCE = 1e-6
AP_TOLERANCE = 5e-6


@pytest.fixture(scope="module")
def model() -> Any:
    """MiniLM through the production path, on the CPU."""
    from cardiobench.foundation.terminal import quieten
    from cardiobench.models.encoder import load_encoder
    from cardiobench.plugins.registry import load_plugins

    quieten()
    plugins = load_plugins()
    return load_encoder(plugins.architecture("minilm"), plugins, device="cpu")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Texts of a task without repeats, evenly spaced."""
    from cardiobench_tasks.catalogue import CARDIO_TERM_RETRIEVAL
    from cardiobench_tasks.task_data import task_tables

    spec = CARDIO_TERM_RETRIEVAL
    tables = task_tables(spec, lambda: spec.load().build())
    found = [row["text"] for name in ("corpus", "queries") for row in tables[name]]
    assert len(set(found)) == len(found)
    return found[:: max(1, len(found) // TEXTS)]


@pytest.fixture(scope="module")
def plain() -> Any:
    """MiniLM as sentence-transformers loads it."""
    from sentence_transformers import SentenceTransformer

    from cardiobench.models.local_weights import carried_folder
    from cardiobench.plugins.registry import load_plugins

    folder = carried_folder(load_plugins().architecture("minilm").carried)
    return SentenceTransformer(str(folder), device="cpu")


@pytest.fixture
def counts(plain: Any, model: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many texts the stock model and ours have encoded."""
    counts = {"stock": 0, "ours": 0}
    for name, counted in (("stock", plain), ("ours", model)):

        def count(
            inputs: list[str], *, name: str = name, encode: Any = counted.encode, **options: Any
        ) -> Any:
            counts[name] += len(inputs)
            return encode(inputs, **options)

        monkeypatch.setattr(counted, "encode", count)
    return counts


@pytest.fixture
def scores(plain: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What each evaluation came to, by task; mteb rounds what it writes, these are not rounded."""
    import mteb

    scores: dict[str, dict[str, Any]] = {"stock": {}, "ours": {}}
    evaluate = mteb.evaluate

    def evaluate_and_keep(encoder: Any, task: Any, **options: Any) -> Any:
        result = evaluate(encoder, task, **options)
        name = "stock" if encoder is plain else "ours"
        scores[name][task.metadata.name] = result.task_results[0].scores
        return result

    monkeypatch.setattr(mteb, "evaluate", evaluate_and_keep)
    return scores


def evaluate_stock(model: Any) -> None:
    """The suite as mteb evaluates a SentenceTransformer, in batches of 32."""
    import mteb

    from cardiobench_tasks.catalogue import SUITE

    for task in SUITE:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mteb.evaluate(
                model,
                task.load(),
                cache=None,
                co2_tracker=False,
                encode_kwargs={"batch_size": 32, "show_progress_bar": False},
                show_progress_bar=False,
            )


def test_suite(
    benchmark: Any,
    model: Any,
    plain: Any,
    counts: dict[str, int],
    scores: dict[str, dict[str, Any]],
    show: Callable[..., None],
    tmp_path: Path,
) -> None:
    """The whole suite: stock mteb with a plain SentenceTransformer, and ours without a cache."""
    from cardiobench.evaluation.evaluate import evaluate_task
    from cardiobench.models.embedding_table import EmbeddingTable
    from cardiobench.models.mteb_meta import base_meta
    from cardiobench.plugins.registry import load_plugins
    from cardiobench.results.entry import Entry
    from cardiobench_tasks.catalogue import SUITE

    spec = load_plugins().architecture("minilm")
    entry = Entry(tmp_path, spec.checkpoint, spec.revision)

    def ours() -> None:
        table = EmbeddingTable(model, base_meta(spec))
        for task in SUITE:
            evaluate_task(table, entry, task)

    for task in SUITE:
        task.load().load_data()
    jobs = {"stock": lambda: evaluate_stock(plain), "ours": ours}
    times = benchmark.pedantic(interleaved, args=(jobs,), rounds=1)
    figures: dict[str, Any] = ratios(times, "stock", "ours")
    figures["texts encoded, stock / ours"] = (
        f"{counts['stock'] / counts['ours']:.2f} "
        f"({counts['stock'] // ROUNDS} and {counts['ours'] // ROUNDS} a round)"
    )
    differences = {
        f"{task.name} {key}": abs(scores["ours"][task.name][task.split][0][key] - value)
        for task in SUITE
        for key, value in scores["stock"][task.name][task.split][0].items()
        if isinstance(value, float) and not math.isnan(value)
    }
    worst = sorted(differences, key=differences.__getitem__, reverse=True)[:3]
    figures["scores compared"] = len(differences)
    figures["largest differences"] = {name: f"{differences[name]:.1e}" for name in worst}
    show(figures)
    # Average precision jumps where rounding swaps two items that are all but tied.
    for name, difference in differences.items():
        if " nauc" not in name:
            assert difference <= (AP_TOLERANCE if name.endswith("_ap") else TOLERANCE), name


def test_one_task_without_repeats(
    benchmark: Any, model: Any, texts: list[str], show: Callable[..., None]
) -> None:
    """Token-budget batches of several sizes against `encode(batch_size=32)`."""
    import torch

    from cardiobench.models import token_batches

    threads = torch.get_num_threads()
    chosen = token_batches.CPU_TOKENS_PER_THREAD
    jobs: dict[str, Callable[[], Any]] = {
        "stock": lambda: model.encode(texts, batch_size=32, show_progress_bar=False)
    }
    for tokens in (chosen // 2, chosen, chosen * 2):
        batches = token_batches.TokenBatches(model, tokens * threads)
        jobs[f"{tokens} tokens a thread"] = lambda b=batches: b.encode(texts, None)  # type: ignore[misc]
    times = benchmark.pedantic(interleaved, args=(jobs,), rounds=1)
    for name in list(jobs)[1:]:
        show(ratios(times, "stock", name))


def test_openvino(benchmark: Any, model: Any, texts: list[str], show: Callable[..., None]) -> None:
    """`--backend openvino` against torch in the same batches, and what it does to cosines."""
    from cardiobench.evaluation.variants import deviation, unit_embeddings
    from cardiobench.models.encoder import load_encoder
    from cardiobench.models.token_batches import TokenBatches
    from cardiobench.plugins.architecture import Backend
    from cardiobench.plugins.registry import load_plugins

    plugins = load_plugins()
    converted = load_encoder(
        plugins.architecture("minilm").on(Backend.OPENVINO), plugins, device="cpu"
    )
    ours, theirs = TokenBatches(model), TokenBatches(converted)
    jobs = {
        "torch": lambda: ours.encode(texts, None),
        "openvino": lambda: theirs.encode(texts, None),
        "stock": lambda: model.encode(texts, batch_size=32, show_progress_bar=False),
    }
    times = benchmark.pedantic(interleaved, args=(jobs,), rounds=1)
    show({**ratios(times, "torch", "openvino"), **ratios(times, "stock", "openvino")})
    found = deviation("torch", unit_embeddings(model, texts), unit_embeddings(converted, texts))
    show({"largest change of a cosine": f"{found.largest:.1e}"})


def test_share_of_the_matrix_multiply_limit(
    benchmark: Any, model: Any, texts: list[str], show: Callable[..., None]
) -> None:
    """Operations on real tokens a second, against a plain matrix product of the same layers."""
    import torch

    from cardiobench.models.token_batches import TokenBatches

    features = model.preprocess(texts)
    lengths = features["attention_mask"].sum(dim=1)
    config = model.transformers_model.config
    layer = 4 * config.hidden_size**2 + 2 * config.hidden_size * config.intermediate_size
    # Attention: every token with every token of its text, for the scores and for the mixture.
    attention = 4 * config.hidden_size * int((lengths**2).sum())
    total = config.num_hidden_layers * (2 * layer * int(lengths.sum()) + attention)
    rows = torch.randn(1024 * torch.get_num_threads(), config.hidden_size)
    weights = torch.randn(config.intermediate_size, config.hidden_size)
    product = 2 * rows.numel() * config.intermediate_size
    repeats = max(1, total // product // 4)

    def multiply() -> None:
        with torch.inference_mode():
            for _ in range(repeats):
                torch.nn.functional.linear(rows, weights)

    batches = TokenBatches(model)
    jobs = {
        "encode": lambda: batches.encode(texts, None),
        "multiply": multiply,
        "stock": lambda: model.encode(texts, batch_size=32, show_progress_bar=False),
    }
    times = benchmark.pedantic(interleaved, args=(jobs,), rounds=1)
    figures: dict[str, Any] = {"threads": torch.get_num_threads()}
    for place, kind in enumerate(("processor", "wall")):
        rates = {
            name: [work / t[place] / 1e9 for t in times[name]]
            for name, work in (("encode", total), ("stock", total), ("multiply", product * repeats))
        }
        for name in ("encode", "stock"):
            shares = [a / b for a, b in zip(rates[name], rates["multiply"], strict=True)]
            figures[f"{name}, share of the limit, {kind} time"] = (
                f"{statistics.median(shares):.0%} [{min(shares):.0%}-{max(shares):.0%}] "
                f"({statistics.median(rates[name]):.0f} of "
                f"{statistics.median(rates['multiply']):.0f} GFLOP/s)"
            )
    show(figures)


def test_start_up(benchmark: Any, show: Callable[..., None]) -> None:
    """`cardiobench --help` against `mteb --help`."""
    commands = {
        "cardiobench --help": "from cardiobench.cli.main import main; main(['--help'])",
        "mteb --help": "import sys; sys.argv = ['mteb', '--help']\n"
        "from mteb.cli.build_cli import main; main()",
    }
    jobs = {
        name: lambda code=code: subprocess.run(  # type: ignore[misc]
            [sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True
        )
        for name, code in commands.items()
    }
    times = benchmark.pedantic(interleaved, args=(jobs,), rounds=1)
    show(ratios(times, *commands))
