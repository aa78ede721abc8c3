"""Checks of the specification itself, and of its numbers against the full-size model."""

import os
import subprocess
import sys

from cardiobench.errors import StageError, WeightsError
from cardiobench.models.adapter_modules import (
    PUBLISHED_RANK,
    adapted_modules,
    refuse_bare_layers,
)
from cardiobench.models.agreement import position_limit
from cardiobench.models.checkpoint import refuse_moving_revision
from cardiobench.plugins.architecture import Kind, Pooling
from cardiobench.testing.subject import DoesNotApply, NotConforming, Subject

HEAVY = ("datasets", "mteb", "peft", "sentence_transformers", "sklearn", "torch", "transformers")
_NO_LICENCE = ("unknown", "none", "other", "n/a", "tbd", "todo")
# Registers one plugin alone, as discovery does, and says which heavy libraries that loaded.
_LISTING = """
import importlib, sys
from cardiobench.plugins.registry import Plugins
Plugins().add({name!r}, importlib.import_module({module!r}), "checked")
sys.stdout.write(" ".join(sorted(set({heavy!r}) & set(sys.modules))))
"""


def licence_is_stated(subject: Subject) -> None:
    """Users must know what they may do with the weights."""
    licence = subject.architecture.licence
    if licence.strip().lower() in _NO_LICENCE:
        raise NotConforming(
            f"licence={licence!r} tells users nothing; give the SPDX identifier in lower case, or "
            "the licence's own name."
        )


def revision_is_a_commit(subject: Subject) -> None:
    """A branch or tag moves, and results with it."""
    try:
        refuse_moving_revision(subject.architecture)
    except WeightsError as error:
        raise NotConforming(str(error)) from error


def name_is_its_own(subject: Subject) -> None:
    """Results of two models under one name would mix."""
    name = subject.architecture.name
    for problem in subject.plugins.problems:
        if problem.cause.startswith(f"architecture {name!r} is already supplied"):
            raise NotConforming(f"{problem.cause}; change its name.")


def listing_is_light(subject: Subject) -> None:
    """One plugin that imports torch makes every listing slow for everyone."""
    module = subject.plugins.module_name(subject.provider)
    if module is None:
        raise DoesNotApply("the plugin is not an importable module")
    script = _LISTING.format(name=subject.provider.plugin, module=module, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        cause = done.stderr.strip().rpartition("\n")[2]
        raise NotConforming(f"importing {module} in a fresh interpreter fails: {cause}")
    if done.stdout:
        raise NotConforming(
            f"importing {module} loads {', '.join(done.stdout.split())}; import such libraries "
            "inside functions, and types under TYPE_CHECKING."
        )


def final_token_is_named(subject: Subject) -> None:
    """The last token must be one that says "here the text ends", or it is whatever word is last."""
    spec = subject.architecture
    if spec.kind is not Kind.DECODER or spec.pooling is not Pooling.LAST_TOKEN:
        raise DoesNotApply("only decoders with last-token pooling need a final token")
    if not spec.final_token:
        raise NotConforming(
            "a decoder with last-token pooling ends its inputs with a token of its own; name it in "
            "final_token (the tokenizer's end-of-sequence token, if its publisher says no other)."
        )


def parameters_are_counted(subject: Subject) -> None:
    """Another number means that config describes another model."""
    counted = sum(p.numel() for p in subject.full_size.parameters())
    if counted != subject.architecture.parameters:
        of_config = subject.weights is None and subject.architecture.config is not None
        what = "the class built from config" if of_config else "the model"
        raise NotConforming(
            f"parameters={subject.architecture.parameters:,}, but {what} has {counted:,}; correct "
            "parameters, or what is built if the publisher's number is the first."
        )


def dimension_is_the_hidden_size(subject: Subject) -> None:
    """Pooling and scaling keep the length of a hidden state."""
    if not subject.is_tiny:
        subject.require_own_modules()
    size = int(subject.full_size.config.hidden_size)
    if size != subject.architecture.embedding_dim:
        raise NotConforming(
            f"embedding_dim={subject.architecture.embedding_dim}, but hidden states have {size} "
            "numbers; correct embedding_dim or config."
        )


def positions_suffice(subject: Subject) -> None:
    """A token beyond the last position crashes the model, or is a place it never saw."""
    limit = position_limit(subject.full_size)
    if limit is None:
        raise DoesNotApply("config gives no max_position_embeddings")
    if subject.architecture.max_seq_length > limit:
        raise NotConforming(
            f"max_seq_length={subject.architecture.max_seq_length}, but the model has {limit} "
            "positions; lower max_seq_length, or correct max_position_embeddings in config."
        )


def targets_are_in_every_layer(subject: Subject) -> None:
    """peft adapts what it finds and says nothing of a name that it does not find."""
    subject.require_adapter()
    try:
        refuse_bare_layers(subject.full_size, subject.architecture.lora_targets)
    except LookupError as error:
        raise DoesNotApply(str(error)) from error
    except StageError as error:
        raise NotConforming(str(error)) from error


def adapter_has_the_expected_size(subject: Subject) -> None:
    """Counted by peft and from the shapes: a target that means more than it says shows here."""
    from peft import LoraConfig, get_peft_model

    subject.require_adapter()
    layers = adapted_modules(subject.full_size, subject.architecture.lora_targets)
    expected = sum(PUBLISHED_RANK * sum(module.weight.shape) for _, module in layers)
    options = LoraConfig(r=PUBLISHED_RANK, target_modules=list(subject.architecture.lora_targets))
    try:
        adapted = get_peft_model(subject.new_full_size(), options)
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise NotConforming(f"lora_targets: peft refuses them: {reason}") from error
    counted = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    if counted != expected:
        raise NotConforming(
            f"lora_targets: peft trains {counted:,} parameters at rank {PUBLISHED_RANK}, the "
            f"linear modules of that name make {expected:,}; name linear modules only."
        )
