"""Every hook of CardioBench. This file is the plugin author's manual.

A plugin is a module (or object) with functions marked ``@cardiobench.hookimpl`` and named as below.
Make it known through the entry-point group ``cardiobench``::

    [project.entry-points.cardiobench]
    my-model = "my_package.my_module"

A misspelt hook is an error, a plugin that fails to import is reported and passed over, and two
things of one kind and name are refused. Do not import torch or mteb at module level: listing
plugins must stay quick.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.checks import PairSource
from cardiobench.plugins.passage import PairStrategy
from cardiobench_tasks.catalogue import TaskSpec

if TYPE_CHECKING:
    from mteb.models.models_protocols import EncoderProtocol
    from sentence_transformers import SentenceTransformer

    from cardiobench.plugins.executor import ExecutorSource
    from cardiobench.plugins.text_model import TextModel

PROJECT = "cardiobench"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def cardiobench_architectures() -> Iterable[Architecture]:  # type: ignore[empty-body]
    """Return the architectures that this plugin supplies.

    Returns:
        Frozen specifications; called once a process, order does not matter.
    """


@hookspec(firstresult=True)
def cardiobench_build_encoder(
    architecture: Architecture,
    device: str | None,
    trust_remote_code: bool,
    location: str | None,
) -> "SentenceTransformer | None":
    """Load a model that needs more than a checkpoint id; the first answer that is not None wins.

    Most plugins leave this out: CardioBench then loads ``architecture.checkpoint`` itself, refuses
    half-loaded weights, and sets pooling, prompts and length from the specification.

    Args:
        architecture: the specification to load; answer only for your own.
        device: torch device (``"cpu"``, ``"cuda:0"``), or None to choose the best at hand.
        trust_remote_code: whether the user allowed code from the hub.
        location: a local folder to load instead of the checkpoint, or None.

    Returns:
        A ready model whose embeddings have shape (n, ``architecture.embedding_dim``), float32; or
        None to let the next plugin, and in the end CardioBench, load it.
    """


@hookspec(firstresult=True)
def cardiobench_encoder(name: str, device: str | None) -> "EncoderProtocol | TextModel | None":
    """Give a model that is no architecture, by name: an API's, or one of another library.

    It is run by ``cardiobench run --model organisation/name``, zero-shot, and never timed.

    Args:
        name: ``organisation/name`` as the user typed it; answer only for your own.
        device: torch device (``"cpu"``, ``"cuda:0"``), or None to choose the best at hand.

    Returns:
        An object with mteb's ``EncoderProtocol`` (docs/python.md), whose ``mteb_model_meta`` has
        name and revision; or a :class:`cardiobench.TextModel`, which turns lists of texts into
        numbers while CardioBench keeps them, so that a run that was stopped goes on; or None to
        let the next plugin, and in the end mteb, answer. Making it must cost nothing.
    """


@hookspec
def cardiobench_tasks() -> Iterable[TaskSpec]:  # type: ignore[empty-body]
    """Return the tasks that this plugin supplies.

    A task is listed by ``cardiobench tasks``, chosen with ``run --task``, shown on boards in a
    section of its own with its package's name, and registered with mteb by
    ``import cardiobench.mteb``. It never counts in the means and ranks of ``Cardio(eng, v1)``. When
    it is chosen, training pairs that hold one of its texts are dropped.

    Returns:
        Specifications whose ``target`` is ``"module:Class"``, an mteb task class that takes no
        arguments, with ``build()`` (its tables; their hash is ``revision``), ``spec.split`` as its
        evaluation split and ``item_scores(predictions)``. A subclass of
        ``cardiobench_tasks.retrieval.RetrievalTask`` needs ``build`` and ``metadata`` only. The
        class is imported when the task runs.
    """


@hookspec
def cardiobench_pairs() -> Iterable[PairSource]:  # type: ignore[empty-body]
    """Return the sources of training pairs that this plugin supplies.

    A recipe selects one by name: ``sources = ["hpo", "my-pairs"]``. Its pairs pass the same leak
    checks as users' own files: those that hold a test text, or join the two concepts of a test
    pair, are dropped and counted. One malformed pair refuses the whole source.

    Returns:
        Sources; their texts are read only when a recipe asks for them.
    """


@hookspec
def cardiobench_pair_strategies() -> Iterable[PairStrategy]:  # type: ignore[empty-body]
    """Return the ways from documents to training pairs that this plugin supplies.

    A recipe selects them by name: ``document_strategies = ["heading", "my-strategy"]``. A strategy
    sees cleaned passages in reading order, one document at a time; its pairs pass the same leak
    checks as all others.

    Returns:
        Strategies; started only when a recipe reads documents with them.
    """


@hookspec(firstresult=True)
def cardiobench_paraphrase(texts: Sequence[str]) -> Sequence[str | None] | None:
    """Say sentences of the user's documents in other words; the first answer that is not None wins.

    Asked only by the strategy ``paraphrase``, which is off unless a recipe names it. The texts are
    the user's own: an implementation that sends them to another machine must say so in its
    documentation; CardioBench names the plugin before it hands it the first text.

    Args:
        texts: up to 32 sentences.

    Returns:
        A paraphrase of each, in the same order; None or ``""`` where there is none.
    """


@hookspec
def cardiobench_recipes() -> Mapping[str, str | Path]:  # type: ignore[empty-body]
    """Return the recipes that this plugin supplies, for ``run --recipe NAME``.

    Returns:
        Recipe name (lower case, digits, ``.``, ``_``, ``-``) to TOML text, or to the path of a
        TOML file; read, and checked, only when it is chosen.
    """


@hookspec
def cardiobench_executors() -> "Iterable[ExecutorSource]":  # type: ignore[empty-body]
    """Return the executors that this plugin supplies, for ``run --executor NAME`` and sweeps.

    Returns:
        Executors by name; built only when one is chosen.
    """
