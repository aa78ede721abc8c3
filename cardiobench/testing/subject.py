"""What is checked: one architecture, with the expensive things that its checks share."""

import functools
import shutil
import tempfile
import unittest
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cardiobench.foundation.tracebacks import show
from cardiobench.models.encoder import load_encoder
from cardiobench.models.random_weights import meta_model, write_checkpoint
from cardiobench.plugins.architecture import Architecture, Precision
from cardiobench.plugins.checks import Provider
from cardiobench.plugins.registry import Plugins

if TYPE_CHECKING:
    import numpy as np
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedModel

Made = TypeVar("Made")

TOLERANCE = 1e-5  # of float32 sums in another order
EXACT = 1e-6  # of the same sums, a last bit aside
# Of different lengths, so that a batch of them is padded.
TEXTS = [
    "aortic valve stenosis",
    "heart failure",
    "a narrow valve between the left ventricle of the heart and the aorta",
    "an irregular rhythm of the left atrium",
]


class NotConforming(AssertionError):  # noqa: N818 -- reads as what a failed check says
    """A rule that a plugin breaks; the message says what to change in it."""


class DoesNotApply(unittest.SkipTest):
    """A check that means nothing for this architecture; pytest shows it as skipped."""


class Subject:
    """An architecture under test.

    With a ``config``, its class is built tiny with random weights, saved, and loaded the way
    ``cardiobench run`` loads the published weights. Without one, the plugin's own
    ``cardiobench_build_encoder`` builds what is checked.

    Args:
        architecture: as its plugin supplies it.
        provider: the plugin.
        plugins: asked for encoders of their own.
    """

    def __init__(self, architecture: Architecture, provider: Provider, plugins: Plugins) -> None:
        self.architecture = architecture
        self.provider = provider
        self.plugins = plugins
        self._made: dict[Callable[..., Any], Any] = {}

    def once(self, make: "Callable[[Subject], Made]") -> Made:
        """What ``make`` gives for this subject, made at the first call."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    def require_config(self) -> None:
        """Leave a check that needs the class's configuration."""
        if self.architecture.config is None:
            raise DoesNotApply("the architecture has no config to build its class from")

    def require_adapter(self) -> None:
        """Leave a check of adapters where there can be none."""
        self.require_config()
        if not self.architecture.lora_targets:
            raise DoesNotApply("lora_targets is empty: the model is not adapted")

    def require_trainable(self) -> None:
        """Leave a check that trains an adapter where there is no model to train."""
        self.require_adapter()
        _ = self.model

    @functools.cached_property
    def full_size(self) -> "PreTrainedModel":
        """The published model on torch's meta device."""

        self.require_config()
        return meta_model(self.architecture)

    @functools.cached_property
    def folder(self) -> Path:
        """A folder that goes when the subject goes."""
        folder = Path(tempfile.mkdtemp(prefix="cardiobench-conformance-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    @property
    def checkpoint(self) -> Path:
        """Where the tiny model is."""
        return self.folder / "checkpoint"

    @functools.cached_property
    def tiny(self) -> Architecture:
        """The specification of the tiny model in :attr:`checkpoint`, which this writes."""
        import dataclasses

        # Not Architecture.at: that gives another name, and hooks may go by the name.
        spec = dataclasses.replace(self.architecture, precision=Precision.FLOAT32)
        prompts = [spec.query_prompt, spec.document_prompt, spec.default_prompt]
        return write_checkpoint(spec, self.checkpoint, [*TEXTS, *prompts])

    def load(self) -> "SentenceTransformer":
        """The model, loaded anew."""

        if self.architecture.config is not None:
            return load_encoder(
                self.tiny, self.plugins, location=self.checkpoint, device="cpu", allow_pickle=True
            )
        built = self.plugins.build_encoder(self.architecture, device="cpu", trust_remote_code=False)
        if built is None:
            raise DoesNotApply("it has neither a config nor a cardiobench_build_encoder hook")
        return built.eval()

    @functools.cached_property
    def loaded(self) -> "SentenceTransformer | Exception":
        """The model, or why there is none."""
        try:
            return self.load()
        except Exception as error:
            show(error)
            return error

    @property
    def model(self) -> "SentenceTransformer":
        """The model; a check that needs one that does not load is left."""
        if isinstance(self.loaded, DoesNotApply):
            raise self.loaded
        if isinstance(self.loaded, Exception):
            raise DoesNotApply("the model does not load")
        return self.loaded


def embed(model: "SentenceTransformer", texts: list[str], **options: Any) -> "np.ndarray":
    """Embeddings without any prompt, shape (n, dimension)."""
    import numpy as np

    return np.asarray(model.encode(texts, prompt="", **options))


def furthest(embeddings: "np.ndarray", expected: "np.ndarray") -> float:
    """The largest difference of two tables of numbers; infinite where it is not a number."""
    import numpy as np

    if embeddings.shape != expected.shape:
        return float("inf")
    return float(np.nan_to_num(np.abs(embeddings - expected), nan=np.inf).max())
