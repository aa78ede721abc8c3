"""Checks of the embeddings: they are what the specification says, whatever stands beside a text."""

from typing import TYPE_CHECKING, Any

from cardiobench.foundation.text import squeeze
from cardiobench.models.agreement import position_tables
from cardiobench.plugins.architecture import Kind, Pooling
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

if TYPE_CHECKING:
    import numpy as np


def model_loads(subject: Subject) -> None:
    """The class, its configuration and a tokenizer go through the way of `cardiobench run`."""
    error = subject.loaded
    if isinstance(error, DoesNotApply):
        raise error
    if isinstance(error, Exception):
        reason = squeeze(str(error)).rstrip(".")
        if not subject.is_tiny:
            raise NotConforming(
                f"the model does not load: {reason}. Correct the field that it names, or what "
                "cardiobench_build_encoder builds."
            ) from error
        raise NotConforming(
            f"a tiny model of its class does not load: {reason}. Correct config or model_class; "
            "a cardiobench_build_encoder hook that takes a location must load that folder."
        ) from error


def embeddings_have_the_declared_form(subject: Subject) -> None:
    """Float32, finite, of the declared length and scale, and not one for all texts."""
    import numpy as np

    spec = subject.spec
    embeddings = subject.model.encode(TEXTS)
    if embeddings.dtype != np.float32:
        raise NotConforming(f"embeddings are {embeddings.dtype}; have the model give float32.")
    if embeddings.shape != (len(TEXTS), spec.embedding_dim):
        raise NotConforming(
            f"embeddings of {len(TEXTS)} texts have shape {embeddings.shape}; correct "
            f"embedding_dim={spec.embedding_dim} or the cardiobench_build_encoder hook."
        )
    if not np.isfinite(embeddings).all():
        raise NotConforming("embeddings hold NaN or infinity; correct the model that is built.")
    if furthest(embeddings[1:], np.repeat(embeddings[:1], len(TEXTS) - 1, axis=0)) < TOLERANCE:
        raise NotConforming("all texts have one embedding; correct the model that is built.")
    scaled = bool(np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-4))
    if scaled != spec.normalise:
        raise NotConforming(
            f"normalise={spec.normalise}, but embeddings {'have' if scaled else 'do not have'} "
            "length 1; correct normalise or the cardiobench_build_encoder hook."
        )


def loading_twice_gives_the_same(subject: Subject) -> None:
    """A random layer, or a build that is not seeded, gives every run another model."""
    first = embed(subject.model, TEXTS)
    if first.tobytes() != embed(subject.model, TEXTS).tobytes():
        raise NotConforming(
            "one model gives two embeddings of one text; switch off what is random in its forward "
            "pass (dropout belongs to training only)."
        )
    if first.tobytes() != embed(subject.load(), TEXTS).tobytes():
        raise NotConforming(
            "loading the model twice gives two models; seed what cardiobench_build_encoder draws "
            "at random, or save it."
        )


def pooling_is_as_declared(subject: Subject) -> None:
    """Each embedding equals the hidden states of its text alone, pooled by hand."""
    subject.require_own_modules()
    spec = subject.architecture
    embeddings = embed(subject.model, TEXTS)
    hidden = [_hidden_states(subject.model, text) for text in TEXTS]
    wanted = (spec.pooling, spec.normalise)
    if furthest(embeddings, _by_hand(hidden, *wanted)) < TOLERANCE:
        return
    others = [(pooling, scaled) for pooling in Pooling for scaled in (True, False)]
    built = [way for way in others if furthest(embeddings, _by_hand(hidden, *way)) < TOLERANCE]
    are = (
        f"that is pooling={built[0][0].value!r}, normalise={built[0][1]}"
        if built
        else ("it is none of cls, mean and last token")
    )
    raise NotConforming(
        f"embeddings are not the {spec.pooling.value} pooling (normalise={spec.normalise}) of the "
        f"hidden states: {are}; correct pooling and normalise, or what "
        "cardiobench_build_encoder builds."
    )


def _hidden_states(model: Any, text: str) -> "np.ndarray":
    """Hidden states of one text, shape (tokens, hidden size)."""
    import numpy as np
    import torch

    if model.transformers_model is None:
        raise DoesNotApply("the model is no transformers model")
    features = model.preprocess([text])
    inputs = {name: features[name] for name in ("input_ids", "attention_mask")}
    with torch.no_grad():
        return np.asarray(model.transformers_model(**inputs)[0][0])


def _by_hand(hidden: "list[np.ndarray]", pooling: Pooling, normalise: bool) -> "np.ndarray":
    import numpy as np

    if pooling is Pooling.MEAN:
        pooled = np.stack([states.mean(axis=0) for states in hidden])
    else:
        pooled = np.stack([states[0 if pooling is Pooling.CLS else -1] for states in hidden])
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True) if normalise else pooled


def attention_is_as_declared(subject: Subject) -> None:
    """Decoders read to the left unless declared bidirectional; encoders read both ways."""
    spec = subject.architecture
    both = spec.kind is Kind.ENCODER or spec.bidirectional
    one, other = (_hidden_states(subject.model, f"heart {word}") for word in ("valve", "aorta"))
    if (furthest(one[:1], other[:1]) > EXACT) != both:
        raise NotConforming(
            f"the first word {'does not hear' if both else 'hears'} of the second; correct kind "
            f"(now {spec.kind.value!r}) and bidirectional (now {spec.bidirectional}), or what "
            "cardiobench_build_encoder builds."
        )


def batch_makes_no_difference(subject: Subject) -> None:
    """A text's embedding is its own: not that of its neighbours, their number or their order."""
    import numpy as np

    alone = np.concatenate([embed(subject.model, [text]) for text in TEXTS])
    together = embed(subject.model, TEXTS)
    turned = embed(subject.model, TEXTS[::-1])[::-1]
    if (change := max(furthest(together, alone), furthest(turned, alone))) > TOLERANCE:
        raise NotConforming(
            f"embeddings change by {change:.1e} with the texts beside them, or their order; "
            f"correct padding_side (now {subject.architecture.padding_side!r}), and have attention "
            "and pooling leave padding out by the attention mask."
        )


def padding_side_makes_no_difference(subject: Subject) -> None:
    """Nothing is lost where other code pads on the other side."""
    tokenizer: Any = subject.model.tokenizer
    if not hasattr(tokenizer, "padding_side"):
        raise DoesNotApply("the model has no tokenizer that pads")
    if any(table.padding_idx is None for table in position_tables(subject.full_size)):
        raise DoesNotApply("absolute positions count padding, so only padding_side is right")
    own = tokenizer.padding_side
    before = embed(subject.model, TEXTS)
    tokenizer.padding_side = "left" if own == "right" else "right"
    try:
        change = furthest(embed(subject.model, TEXTS), before)
    finally:
        tokenizer.padding_side = own
    if change > TOLERANCE:
        raise NotConforming(
            f"padding on the other side than padding_side={own!r} changes embeddings by "
            f"{change:.1e}; have the pooling find the first or last token by the attention mask."
        )


def prompts_are_used(subject: Subject) -> None:
    """Queries, documents and other texts each get the prompt that the specification gives them."""
    import numpy as np

    spec, model = subject.architecture, subject.model
    for encode, field in (
        (model.encode_query, "query_prompt"),
        (model.encode_document, "document_prompt"),
        (model.encode, "default_prompt"),
    ):
        prompt = getattr(spec, field)
        expected = embed(model, [prompt + text for text in TEXTS])
        if furthest(np.asarray(encode(TEXTS)), expected) > EXACT:
            raise NotConforming(
                f"{encode.__name__} does not put {field}={prompt!r} before texts; correct {field}, "
                "or give it to the SentenceTransformer that cardiobench_build_encoder builds."
            )


def final_token_ends_every_input(subject: Subject) -> None:
    """Also an input that was cut: its last token is what is pooled."""
    final = subject.architecture.final_token
    if not final:
        raise DoesNotApply("the architecture has no final_token")
    tokenizer: Any = subject.model.tokenizer
    number = tokenizer.get_vocab().get(final)
    for length, text in (("a short", TEXTS[0]), ("a cut", _too_long(subject))):
        numbers = _token_numbers(subject, text)
        if numbers[-1] != number or number in numbers[-2:-1]:
            raise NotConforming(
                f"{length} input ends with {tokenizer.convert_ids_to_tokens(numbers[-2:])}, not "
                f"with one final_token={final!r}; correct final_token, or have the tokenizer add "
                "it."
            )


def long_inputs_are_cut(subject: Subject) -> None:
    """Scores and timings are about inputs of at most the declared length."""
    length, limit = (
        len(_token_numbers(subject, _too_long(subject))),
        subject.architecture.max_seq_length,
    )
    if length != limit:
        raise NotConforming(
            f"a long input is cut to {length} tokens, not to max_seq_length={limit}; correct "
            "max_seq_length or the cardiobench_build_encoder hook."
        )


def _too_long(subject: Subject) -> str:
    return "heart " * (subject.architecture.max_seq_length + 10)


def _token_numbers(subject: Subject, text: str) -> list[int]:
    features = subject.model.preprocess([text])
    if "attention_mask" not in features:
        raise DoesNotApply("the model has no token sequences")
    return [int(number) for number in features["input_ids"][0]]
