"""The package that ``cardiobench new-plugin`` writes: a real model, to be changed into yours."""

import re
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from string import Template

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import write_text
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import load_plugins

_NAME = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*")
_CHECKPOINT = re.compile(r"[\w.-]+/[\w.-]+")

_PROJECT = Template("""\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "$distribution"
version = "0.1.0"
description = "$checkpoint for CardioBench"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["cardiobench"]

[project.optional-dependencies]
test = ["pytest>=8"]

[project.entry-points.cardiobench]
"$name" = "$module"

[tool.setuptools]
py-modules = ["$module"]
""")

_MODULE = Template('''\
"""$checkpoint for CardioBench. Import no torch here: listings must stay quick."""

from cardiobench import Architecture, Kind, Pooling, hookimpl

MODEL = Architecture(
    name="$name",
    # The checkpoint on the hub, and the commit that scores are about.
    checkpoint="$checkpoint",
    revision=$revision,
    # How token embeddings become one: Pooling.CLS, MEAN or LAST_TOKEN; see the model's card.
    pooling=$pooling,
    # Text put before every query and every document, as the model's authors say; "" for none.
    query_prompt=$query_prompt,
    document_prompt=$document_prompt,
    # The linear modules that LoRA adapts, as the model's class names its query and value
    # projections: ("query", "value") in BERT, ("q_proj", "v_proj") in Llama and Qwen.
    lora_targets=$lora_targets,
    normalise=$normalise,
    kind=$kind,
    # Longest input in tokens, length of an embedding.
    max_seq_length=$max_seq_length,
    embedding_dim=$embedding_dim,
    # Counted, not rounded: sum(p.numel() for p in AutoModel.from_pretrained(...).parameters()).
    parameters=$parameters,
    licence=$licence,
    # Weights of the checkpoint that the model does not use, as regular expressions.
    unused_weights=$unused_weights,
    # What the checkpoint's config.json says beyond the defaults of its model_type. The conformance
    # checks build and count the model from it, without the hub.
    config=$config,
    # A folder with the weights, instead of the hub; "" for none.
    folder=$folder,
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply $name."""
    return [MODEL]
''')

_TEST = Template('''\
"""CardioBench's own checks, run on this plugin. They need no network."""

from collections.abc import Callable

import pytest
from cardiobench.testing import conformance_checks


@pytest.mark.parametrize("check", conformance_checks("$name"), ids=str)
def test_conforms(check: Callable[[], None]) -> None:
    """A check that fails says what to change."""
    check()
''')

_README = Template("""\
# $distribution

[$checkpoint](https://huggingface.co/$checkpoint) for
CardioBench. The whole plugin is `$module.py`.

```bash
pip install -e '.[test]'
cardiobench plugins                # it is listed, or its problem is
pytest                             # CardioBench's conformance checks
cardiobench run --model $name
```
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The fields of the written architecture, as Python source; ``None`` where nobody knows.

    An architecture with such a field is refused with the field's name until it is filled in, but
    for ``revision`` (looked up when the model runs) and ``config`` (fewer checks).
    """

    checkpoint: str = "BAAI/bge-base-en-v1.5"
    revision: str = '"a5beb1e3e68b9ab74eb54cfd186867f64f240e1a"'
    pooling: str = "Pooling.CLS"
    query_prompt: str = '"Represent this sentence for searching relevant passages: "'
    document_prompt: str = '""'
    lora_targets: str = '("query", "value")'
    max_seq_length: str = "512"
    embedding_dim: str = "768"
    parameters: str = "109_482_240"
    licence: str = '"mit"'
    config: str = '{"model_type": "bert"}'
    normalise: str = "True"
    kind: str = "Kind.ENCODER"
    unused_weights: str = '(r"embeddings\\.position_ids",)'
    folder: str = '""'

    @property
    def unknown(self) -> list[str]:
        """The fields that are still to be filled in."""
        open_fields = [name for name, source in asdict(self).items() if source == "None"]
        # The files of a folder say what a config would.
        return [n for n in open_fields if n != "config" or self.folder == '""']


def facts_of(checkpoint: str) -> Facts:
    """What mteb's metadata say of a checkpoint (imports mteb, several seconds; no network).

    Raises:
        CardioBenchError: it is not ``organisation/model``.
    """
    if not _CHECKPOINT.fullmatch(checkpoint):
        raise CardioBenchError(
            f"--checkpoint {checkpoint!r} is not a hub id such as {Facts().checkpoint}."
        )
    if checkpoint == Facts().checkpoint:
        return Facts()
    import mteb

    try:
        known = mteb.get_model_meta(checkpoint, fetch_from_hf=False).to_dict()
    except (KeyError, ValueError):
        known = {}
    length = known.get("max_tokens")
    return Facts(
        checkpoint=checkpoint,
        revision=_source(known.get("revision")),
        # mteb does not say these, and rounds the parameters.
        pooling="None",
        query_prompt="None",
        document_prompt="None",
        lora_targets="None",
        max_seq_length=_source(int(length) if length and length != float("inf") else None),
        embedding_dim=_source(known.get("embed_dim")),
        parameters="None",
        licence=_source(known.get("license")),
        config="None",
    )


def facts_in(spec: Architecture) -> Facts:
    """Every field that the files of a folder state; None where only the user knows."""
    return Facts(
        checkpoint=spec.checkpoint,
        revision=repr(spec.revision),
        pooling=f"Pooling.{spec.pooling.name}",
        query_prompt=repr(spec.query_prompt),
        document_prompt=repr(spec.document_prompt),
        lora_targets=repr(spec.lora_targets),
        max_seq_length=repr(spec.max_seq_length),
        embedding_dim=repr(spec.embedding_dim),
        parameters=repr(spec.parameters),
        licence="None" if spec.licence == "unknown" else repr(spec.licence),
        config="None",
        normalise=repr(spec.normalise),
        kind=f"Kind.{spec.kind.name}",
        unused_weights=repr(spec.unused_weights),
        folder=repr(spec.folder),
    )


def _source(value: str | int | None) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def check_name(name: str) -> None:
    """Fail if a plugin cannot have this name.

    Raises:
        CardioBenchError: the name is not allowed, or taken by a plugin or an installed module.
    """
    if not _NAME.fullmatch(name):
        raise CardioBenchError(
            f"{name!r} cannot be a plugin's name: lower case, digits, and '.', '_' or '-' between "
            "them, a letter first. Type: cardiobench new-plugin my-model"
        )

    for spec, provider in load_plugins().architectures():
        if name in (spec.name, provider.plugin):
            raise CardioBenchError(
                f"There is a model {spec.name} of plugin {provider.plugin} "
                f"({provider.distribution}). Type: cardiobench new-plugin my-{name}"
            )
    if find_spec(module_name(name)) is not None:
        raise CardioBenchError(
            f"A module {module_name(name)} is installed. Type: cardiobench new-plugin my-{name}"
        )


def module_name(name: str) -> str:
    """The import name of a plugin's package."""
    return f"cardiobench_{re.sub(r'[.-]', '_', name)}"


def write_plugin(name: str, folder: Path, facts: Facts) -> list[Path]:
    """Write the package; nothing that is there is overwritten.

    Returns:
        The files, relative to the folder.

    Raises:
        CardioBenchError: the folder is there and not empty, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CardioBenchError(f"{folder} is there already. Choose another with --folder.")
    values = {
        **asdict(facts),
        "name": name,
        "module": module_name(name),
        "distribution": f"cardiobench-{name}",
    }
    files = {
        Path("pyproject.toml"): _PROJECT,
        Path(f"{module_name(name)}.py"): _MODULE,
        Path("tests/test_plugin.py"): _TEST,
        Path("README.md"): _README,
    }
    for path, template in files.items():
        write_text(folder / path, template.substitute(values))
    return list(files)
