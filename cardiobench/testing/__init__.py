"""The conformance kit: what every plugin must do, as checks that its author runs in pytest.

::

    import pytest
    from cardiobench.testing import conformance_checks

    @pytest.mark.parametrize("check", conformance_checks("my-model"), ids=str)
    def test_conforms(check):
        check()

``cardiobench check-plugin my-model`` runs the same checks. Nothing is downloaded: a model with a
``config`` is counted at full size on torch's meta device, then built tiny with random weights.
docs/plugins.md gives each rule with its reason.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cardiobench.foundation.text import squeeze
from cardiobench.plugins.registry import Plugins, load_plugins
from cardiobench.testing import adapters, embeddings, specification
from cardiobench.testing.subject import DoesNotApply, NotChecked, NotConforming, Subject

__all__ = ["Check", "DoesNotApply", "NotChecked", "NotConforming", "conformance_checks"]

RULES: dict[str, Callable[[Subject], None]] = {
    "the licence is stated": specification.licence_is_stated,
    "the revision is a commit": specification.revision_is_a_commit,
    "the name is its own": specification.name_is_its_own,
    "listing it loads no heavy library": specification.listing_is_light,
    "last-token pooling has a final token": specification.final_token_is_named,
    "parameters are those counted at full size": specification.parameters_are_counted,
    "embedding_dim is the hidden size": specification.dimension_is_the_hidden_size,
    "positions suffice for max_seq_length": specification.positions_suffice,
    "LoRA targets are in every layer": specification.targets_are_in_every_layer,
    "the adapter has the expected size": specification.adapter_has_the_expected_size,
    "the model loads": embeddings.model_loads,
    "embeddings have the declared form": embeddings.embeddings_have_the_declared_form,
    "loading twice gives the same embeddings": embeddings.loading_twice_gives_the_same,
    "pooling is as declared": embeddings.pooling_is_as_declared,
    "attention is as declared": embeddings.attention_is_as_declared,
    "the batch makes no difference": embeddings.batch_makes_no_difference,
    "the padding side makes no difference": embeddings.padding_side_makes_no_difference,
    "prompts are used": embeddings.prompts_are_used,
    "the final token ends every input": embeddings.final_token_ends_every_input,
    "long inputs are cut": embeddings.long_inputs_are_cut,
    "gradients reach the adapter alone": adapters.gradients_reach_the_adapter_alone,
    "a trained adapter reloads": adapters.adapter_reloads,
    "a trained adapter loads without CardioBench": adapters.adapter_loads_without_cardiobench,
    "a trained adapter merges": adapters.adapter_merges,
}


@dataclass(frozen=True, slots=True)
class Check:
    """One rule for one architecture; call it, and it returns, fails or is skipped."""

    title: str
    _rule: Callable[[Subject], None]
    _subject: Subject

    @property
    def __name__(self) -> str:
        return self.title

    def __str__(self) -> str:
        return self.title

    def __call__(self) -> None:
        """Run the check.

        Raises:
            NotConforming: the plugin breaks the rule; the message says what to change.
            DoesNotApply: the rule means nothing for this architecture; the message says why.
            NotChecked: it may be broken, but what it takes to tell is not at hand.
        """
        try:
            with _one_thread(), warnings.catch_warnings():
                # The libraries warn of each other's next versions; that is not the plugin's doing.
                warnings.simplefilter("ignore")
                self._rule(self._subject)
        except (NotConforming, DoesNotApply):
            raise
        except Exception as error:
            reason = squeeze(f"{type(error).__name__}: {error}")
            raise NotConforming(f"the check stopped with {reason}") from error


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Tiny models are ten times slower where two threads wait for each other on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def conformance_checks(
    name: str, plugins: Plugins | None = None, weights: Path | None = None
) -> list[Check]:
    """Every check for one architecture; making the list is quick and imports nothing heavy.

    Args:
        name: as the plugin names the architecture.
        plugins: where to look for it; by default among all that are installed.
        weights: a folder with its real weights, to check the real model.

    Raises:
        UnknownNameError: no installed plugin supplies it.
    """
    plugins = plugins or load_plugins()
    architecture = plugins.architecture(name)
    providers = {spec.name: provider for spec, provider in plugins.architectures()}
    subject = Subject(architecture, providers[name], plugins, weights)
    return [Check(title, rule, subject) for title, rule in RULES.items()]
