"""Every hook of CardioBench. This file is the plugin author's manual.

A plugin is a module (or object) with functions marked ``@cardiobench.hookimpl`` and named as below.
Make it known through the entry-point group ``cardiobench``::

    [project.entry-points.cardiobench]
    my-model = "my_package.my_module"

A misspelt hook is an error, a plugin that fails to import is reported and passed over, and two
architectures of one name are refused. Do not import torch at module level: listing plugins must
stay quick.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

from cardiobench.architecture import Architecture

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

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
