"""What several test modules need: a private cache, real weights, tiny models of real classes."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cardiobench.foundation.terminal import quieten
from cardiobench.plugins.architecture import Architecture, Pooling
from cardiobench.plugins.registry import Plugins, load_plugins

quieten()
WORKER = "PYTEST_XDIST_WORKER" in os.environ
if WORKER:
    # Threads of several workers would wait for each other; set before torch is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


pytest_plugins = ("tests.budget",)

# Files of minutes: begun first, so that two workers end at about the same time.
LONG = (
    "test_run.py",
    "test_tasks.py",
    "test_pairs.py",
    "test_run_apart.py",
    "test_board.py",
    "test_cli.py",
    "test_plugin_example.py",
    "test_jobs.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """xdist goes by the order below; by itself it takes files with many tests first."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; the order within a file stays."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONG)))


@pytest.fixture(scope="session", autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Rebuilt data goes to a folder of this test session: nothing is found, nothing is left."""
    base = tmp_path_factory.getbasetemp()
    # Workers of one session share what they build.
    folder = base.parent / "cache" if WORKER else base / "cache"
    folder.mkdir(exist_ok=True)
    before = os.environ.get("CARDIOBENCH_CACHE")
    os.environ["CARDIOBENCH_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["CARDIOBENCH_CACHE"]
    else:
        os.environ["CARDIOBENCH_CACHE"] = before


@pytest.fixture(scope="session")
def minilm(private_cache: Path) -> Any:
    """Real all-MiniLM-L6-v2 weights through the production path."""
    from cardiobench.models.encoder import load_encoder

    plugins = load_plugins()
    return load_encoder(plugins.architecture("minilm"), plugins)


WORDS = "aortic mitral valve stenosis heart failure rhythm atrial of the a in left right".split()


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a randomly initialised one-layer BERT with a word tokenizer, as safetensors."""

    def make(hidden_size: int = 32, **config: Any) -> Path:
        import torch
        from tokenizers import Tokenizer, models, pre_tokenizers, processors
        from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

        folder = tmp_path_factory.mktemp("tiny")
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
        vocabulary = {word: number for number, word in enumerate([*special, *WORDS])}
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            pad_token="[PAD]",
            unk_token="[UNK]",
            cls_token="[CLS]",
            sep_token="[SEP]",
        ).save_pretrained(folder)
        torch.manual_seed(0)
        options = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
        BertModel(
            BertConfig(vocab_size=len(vocabulary), hidden_size=hidden_size, **options, **config)
        ).save_pretrained(folder)
        return folder

    return make


@pytest.fixture
def tiny_architecture() -> Callable[..., Architecture]:
    """Makes the specification of a tiny BERT; fields can be changed."""

    def make(**fields: Any) -> Architecture:
        spec = {
            "name": "tiny",
            "checkpoint": "example/tiny",
            "revision": "0" * 40,
            "pooling": Pooling.MEAN,
            "lora_targets": ("query", "value"),
            "max_seq_length": 32,
            "embedding_dim": 32,
            "parameters": 10_000,
            "licence": "apache-2.0",
        }
        return Architecture(**{**spec, **fields})

    return make


@pytest.fixture
def moody(tmp_path: Path) -> dict[str, str]:
    """The environment in which ``plugin_moody`` is found, as pip installs packages."""
    site = tmp_path / "site"
    info = site / "moody-1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "plugins" / "plugin_moody" / "moody.py", site)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: moody\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cardiobench]\nmoody = moody\n")
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1"}


class Environment:
    """A throw-away virtual environment that sees this one's packages; CardioBench is as here."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.python = folder / "bin" / "python"
        library = next((folder / "lib").glob("python*")) / "site-packages"
        ours = sysconfig.get_path("purelib")
        (library / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")

    def install(self, package: Path) -> None:
        """Install a package from its folder, as pip does, without a network."""
        offline = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
        pip = [sys.executable, "-m", "pip", "--python", str(self.python)]
        done = subprocess.run(
            [*pip, "install", *offline, str(package)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def run(
        self, *arguments: str, folder: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run this environment's Python with the arguments, without the hub."""
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=folder,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def cardiobench(
        self, *arguments: str, folder: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run the command line."""
        command = "from cardiobench.cli.main import main; main()"
        return self.run("-c", command, *arguments, folder=folder)


@pytest.fixture(scope="session")
def new_environment(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[], Environment]:
    """Makes a throw-away environment."""
    return lambda: Environment(tmp_path_factory.mktemp("environment") / "venv")


@pytest.fixture(scope="session")
def no_plugins() -> Plugins:
    """A plugin manager without plugins."""
    return Plugins()


@pytest.fixture(scope="session")
def made_up_pairs() -> Callable[..., Any]:
    """Makes distinct pairs over the tiny tokenizer's words, two a concept."""

    def make(count: int = 32, *, negatives: bool = False) -> Any:
        import itertools
        import random

        from cardiobench.pairs.pair import Audit, Pair, TrainingPairs

        texts = [" ".join(words) for words in itertools.permutations(WORDS, 3)]
        chosen = iter(random.Random(0).sample(texts, 3 * count))
        pairs = tuple(
            Pair(
                anchor=next(chosen),
                positive=f"{next(chosen)} of the heart" * (1 + k % 3),
                concept=f"C:{k // 2}",
                relation="name-definition",
                negative=next(chosen) if negatives else "",
            )
            for k in range(count)
        )
        none = dict.fromkeys(("removed_test_text", "removed_separation", "removed_repeated"), 0)
        audit = Audit(
            built=count, kept=count, by_relation={}, train_concepts=(count + 1) // 2, **none
        )
        return TrainingPairs(pairs=pairs, audit=audit)

    return make
