"""Checks of adapters: what they train, and that they come back as they were saved."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.foundation.files import read_json, write_json
from cardiobench.models.trained_weights import load_trained
from cardiobench.pairs.pair import Audit, Pair, TrainingPairs
from cardiobench.testing.subject import (
    EXACT,
    TEXTS,
    TOLERANCE,
    DoesNotApply,
    NotConforming,
    Subject,
    embed,
    furthest,
)
from cardiobench.training.adapt import adapt
from cardiobench.training.adapters import freeze_further_modules
from cardiobench.training.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np

    from cardiobench.pairs.pair import TrainingPairs


def gradients_reach_the_adapter_alone(subject: Subject) -> None:
    """The base stays the published model, and no adapted module is out of the loss's reach."""
    import torch
    from peft import LoraConfig

    subject.require_trainable()
    model = subject.load()
    freeze_further_modules(model)
    model.add_adapter(
        LoraConfig(
            r=4,
            target_modules=list(subject.architecture.lora_targets),
            init_lora_weights=False,  # with zeros in one half, the other half has no gradient
        )
    )
    embeddings = model(model.preprocess(TEXTS))["sentence_embedding"]
    direction = torch.randn(embeddings.shape, generator=torch.Generator().manual_seed(0))
    (embeddings * direction).sum().backward()
    parameters = dict(model.named_parameters())
    reached = {n for n, p in parameters.items() if p.grad is not None and p.grad.abs().max() > 0}
    adapter = {name for name in parameters if ".lora_" in name}
    if reached - adapter:
        raise NotConforming(
            f"training changes {min(reached - adapter)} of the base model; the model that "
            "cardiobench_build_encoder builds must let add_adapter freeze it."
        )
    if adapter - reached:
        raise NotConforming(
            f"lora_targets: {min(adapter - reached)} and {len(adapter - reached) - 1} more have no "
            "part in the embedding; name modules that have."
        )


def adapter_reloads(subject: Subject) -> None:
    """What is evaluated after a restart is what was trained."""

    trained, folder = _trained(subject)
    reloaded = load_trained(subject.load(), folder)
    _same(embed(reloaded, TEXTS), trained, "CardioBench", EXACT)


def adapter_loads_without_cardiobench(subject: Subject) -> None:
    """A published adapter folder is all that others need: SentenceTransformer(folder)."""
    from sentence_transformers import SentenceTransformer

    trained, folder = _trained(subject)
    base = subject.weights or (subject.checkpoint if subject.is_tiny else None)
    if base is None:
        raise DoesNotApply("what the hook builds lies in no folder")
    published = folder.with_name("published")
    shutil.copytree(folder, published, dirs_exist_ok=True)
    options = read_json(published / "adapter_config.json")
    options |= {"base_model_name_or_path": str(base.resolve()), "revision": None}
    write_json(published / "adapter_config.json", options)
    spec = subject.architecture
    plain: Any = SentenceTransformer(
        str(published),
        device="cpu",
        trust_remote_code=bool(spec.model_class),  # the class is the plugin's, not the library's
    )
    if spec.bidirectional:  # the one thing that the folder cannot say
        plain[0].model.config.is_causal = False
    _same(embed(plain, TEXTS), trained, "SentenceTransformer(folder)", EXACT)


def adapter_merges(subject: Subject) -> None:
    """Merged weights are how an adapted model is served."""
    from peft import PeftModel

    trained, folder = _trained(subject)
    model: Any = subject.load()
    adapted: Any = PeftModel.from_pretrained(model[0].model, str(folder))
    model[0].model = adapted.merge_and_unload()
    _same(embed(model, TEXTS), trained, "merging it", TOLERANCE)


def _same(loaded: "np.ndarray", trained: "np.ndarray", how: str, tolerance: float) -> None:
    if (change := furthest(loaded, trained)) > tolerance:
        raise NotConforming(
            f"the trained adapter gives other embeddings (by {change:.1e}) through {how}; have "
            "model_class keep its module names when it is saved, and cardiobench_build_encoder "
            "build modules that sentence-transformers saves whole."
        )


def _trained(subject: Subject) -> "tuple[np.ndarray, Path]":
    """Embeddings of the trained model, and the folder of its adapter."""
    subject.require_trainable()
    return subject.once(_train)


def _train(subject: Subject) -> "tuple[np.ndarray, Path]":

    recipe = Recipe(
        name="conformance", rank=4, alpha=16, batch_size=4, epochs=2, learning_rate=1e-2
    )
    model, folder = subject.load(), subject.folder / "training"
    done = adapt(model, subject.spec, recipe, _pairs(), seed=0, folder=folder)
    return embed(model.to("cpu"), TEXTS), done.folder


def _pairs() -> "TrainingPairs":
    """Eight made-up pairs."""

    words = [word for text in TEXTS for word in text.split()]
    pairs = tuple(
        Pair(
            anchor=f"{first} {second}",
            positive=f"the {second} of a {first} heart",
            concept=f"C:{number}",
            relation="name-definition",
        )
        for number, (first, second) in enumerate(zip(words[:8], words[8:16], strict=True))
    )
    audit = Audit(
        built=len(pairs),
        removed_test_text=0,
        removed_separation=0,
        removed_repeated=0,
        kept=len(pairs),
        by_relation={},
        train_concepts=len(pairs),
    )
    return TrainingPairs(pairs=pairs, audit=audit)
