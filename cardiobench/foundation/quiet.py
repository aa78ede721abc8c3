"""Keeping the libraries' own bars and notices off the user's terminal."""

import logging
import os


def quieten() -> None:
    """Call before the heavy imports of a command; our own progress bars take over.

    Warnings that change what a result means are turned into errors where they arise
    (see :mod:`cardiobench.models.encoder`), so nothing of weight is hidden here.
    """
    for name in (
        "TQDM_DISABLE",
        "HF_HUB_DISABLE_PROGRESS_BARS",
        "HF_DATASETS_DISABLE_PROGRESS_BARS",
        "HF_HUB_DISABLE_TELEMETRY",
    ):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    # Forked tokenizer threads deadlock; the library asks for an explicit choice.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in (
        "mteb",
        "sentence_transformers",
        "transformers",
        "datasets",
        "huggingface_hub",
        "bitsandbytes",
    ):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(logging.NullHandler())
    logging.getLogger("py.warnings").propagate = False
