"""Sentences said in other words by a plugin; off unless a recipe names the strategy."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from cardiobench.documents.best import DocumentPair
from cardiobench.documents.extraction import kept_file
from cardiobench.documents.strategies import PARAPHRASE
from cardiobench.errors import DataError
from cardiobench.foundation.files import (
    canonical_json,
    read_checked,
    sha256_text,
    write_checked,
)
from cardiobench.foundation.text import normalise, squeeze
from cardiobench.plugins.checks import Provider
from cardiobench.plugins.registry import Plugins

BATCH = 32


def paraphrased(
    pairs: Sequence[DocumentPair], plugins: Plugins, say: Callable[[str], None]
) -> Iterator[DocumentPair]:
    """The pairs, with what a plugin made of each sentence that is to be paraphrased.

    Args:
        pairs: of all strategies; those of ``paraphrase`` have the sentence twice.
        plugins: one of them answers the hook.
        say: is told, before the first text goes, whom it goes to.

    Raises:
        DataError: no plugin paraphrases, or the one that does fails.
    """
    sentences = [pair for pair in pairs if pair.strategy == PARAPHRASE]
    yield from (pair for pair in pairs if pair.strategy != PARAPHRASE)
    if not sentences:
        return
    provider = paraphraser(plugins)
    say(
        f"paraphrase: {len(sentences):,} sentences of your documents go to the plugin "
        f"{provider.plugin} ({provider.distribution}), which may send them off this machine."
    )
    for start in range(0, len(sentences), BATCH):
        batch = sentences[start : start + BATCH]
        answers = _answers([pair.anchor for pair in batch], plugins, provider)
        for pair, answer in zip(batch, answers, strict=True):
            if answer and normalise(answer) != normalise(pair.anchor):
                yield replace(pair, positive=squeeze(answer))


def paraphraser(plugins: Plugins) -> Provider:
    """The plugin that is asked.

    Raises:
        DataError: there is none.
    """
    providers = plugins.paraphrasers()
    if not providers:
        raise DataError(
            f"The strategy {PARAPHRASE} needs a plugin with the hook cardiobench_paraphrase; "
            "install one, or leave the strategy out."
        )
    return providers[0]


def _answers(texts: list[str], plugins: Plugins, provider: Provider) -> list[str | None]:
    """A plugin's answers, those of an earlier run where it was asked the same."""
    asked = canonical_json([provider.distribution, provider.version, provider.plugin, texts])
    path = kept_file(sha256_text(asked)).with_suffix(".paraphrase")
    kept = read_checked(path)
    if kept is not None:
        answers: list[str | None] = json.loads(kept)
        return answers
    try:
        given = plugins.paraphrase(texts)
    except Exception as error:
        raise DataError(
            f"The plugin {provider.plugin} cannot paraphrase: {type(error).__name__}: "
            f"{squeeze(str(error))}. Mend it, or leave the strategy {PARAPHRASE} out."
        ) from error
    answers = list(given or ())
    if len(answers) != len(texts) or not all(a is None or isinstance(a, str) for a in answers):
        raise DataError(
            f"The plugin {provider.plugin} gave {len(answers)} paraphrases of {len(texts)} texts; "
            "it must give one for each, or None."
        )
    write_checked(path, canonical_json(answers))
    return answers
