"""The files of an adapter: weights whose shapes fit its options, and nothing that runs."""

import html
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cardiobench.sharing.submission.report import shown
from cardiobench.sharing.submission.safe_files import parse_json

_MAX_HEADER_BYTES = 2**20
_TENSOR = re.compile(
    r"(?:base_model\.model\.)?(?P<module>[A-Za-z_][\w.]*)\."
    r"(?P<part>lora_A|lora_B|lora_magnitude_vector|ia3_l|oft_R|boft_R|boft_s|hada_w[12]_[ab]|"
    r"lokr_w[12](?:_[ab])?)(?:\.weight)?"
)
_PARTS = {
    "LORA": ("lora_A", "lora_B", "lora_magnitude_vector"),
    "IA3": ("ia3_l",),
    "OFT": ("oft_R",),
    "BOFT": ("boft_R", "boft_s"),
    "LOHA": ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"),
    "LOKR": ("lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b"),
}
# Of these the first side of this tensor is the rank.
_RANKED = {"LORA": "lora_A", "LOHA": "hada_w1_b"}
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}


@dataclass(frozen=True, slots=True)
class Tensors:
    """What a safetensors file says that it holds: name to type and shape."""

    shapes: Mapping[str, tuple[int, ...]]

    @property
    def parameters(self) -> int:
        """Numbers in all."""
        return sum(math.prod(shape) for shape in self.shapes.values())


def read_tensors(path: str, content: bytes) -> Tensors:
    """Safetensors: the length of a JSON header, the header, then numbers and nothing else.

    Raises:
        RefusedError: the header is no strict JSON.
        ValueError: it is no such file, or the header does not fit the numbers.
    """
    length = int.from_bytes(content[:8], "little")
    if not 2 <= length <= min(len(content) - 8, _MAX_HEADER_BYTES):
        raise ValueError("no safetensors file")
    header = parse_json(path, content[8 : 8 + length])
    if not isinstance(header, dict):
        raise ValueError("no safetensors file")
    header.pop("__metadata__", None)
    try:
        spans = sorted((*tensor["data_offsets"], _bytes_of(tensor)) for tensor in header.values())
        shapes = {name: tuple(tensor["shape"]) for name, tensor in header.items()}
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError("no safetensors file") from error
    ends = [0, *(end for _, end, _ in spans)]
    if [start for start, _, _ in spans] != ends[:-1] or ends[-1] != len(content) - 8 - length:
        raise ValueError("a safetensors file that holds more than its tensors")
    if any(end - start != size for start, end, size in spans):
        raise ValueError("tensors whose shapes are not those of their bytes")
    return Tensors(shapes)


def _bytes_of(tensor: Mapping[str, Any]) -> int:
    shape = tensor["shape"]
    if not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError("a shape that is none")
    return int(math.prod(shape)) * _BYTES[tensor["dtype"]]


def wrong_with_adapter(options: Mapping[str, Any], tensors: Tensors) -> Iterator[str]:
    """Where the options do not say what the tensors are: kind, modules, rank."""
    kind, targets = str(options["peft_type"]), list(options["target_modules"])
    unused, ranks = set(targets), set()
    for name, shape in tensors.shapes.items():
        match = _TENSOR.fullmatch(name)
        if match is None or match["part"] not in _PARTS[kind]:
            yield f"tensor {shown(name)} is none of {kind}"
            return
        named = {t for t in targets if f".{match['module']}".endswith(f".{t}")}
        if not named:
            yield f"tensor {shown(name)} is of no module in target_modules"
            return
        unused -= named
        if match["part"] == _RANKED.get(kind):
            ranks.add(shape[0] if shape else 0)
    if unused:
        yield f"target_modules names {shown(min(unused))}, which has no tensor"
    if ranks and ranks != {options["r"]}:
        yield f"r is {options['r']}, but the tensors have rank {', '.join(map(str, sorted(ranks)))}"


def check_adapter_json(path: str, content: bytes) -> Any:
    """Another JSON file of an adapter; what it names must not make a loader import or fetch.

    Raises:
        RefusedError: no strict JSON.
        ValueError: it names code or a path.
    """
    value = parse_json(path, content)
    if path.endswith("/modules.json"):
        _check_modules(value)
    for key in _keys_set(value):
        if key.lower() in ("auto_map", "trust_remote_code", "custom_pipelines"):
            raise ValueError("it asks for code of its own (auto_map or trust_remote_code)")
    return value


def _check_modules(value: Any) -> None:
    for module in value if isinstance(value, list) else [None]:
        if not isinstance(module, dict) or module.keys() != {"idx", "name", "path", "type"}:
            raise ValueError("modules must have idx, name, path and type")
        if not re.fullmatch(r"sentence_transformers(\.\w+)+", str(module["type"])):
            raise ValueError("it names a class outside sentence_transformers")
        if not re.fullmatch(r"(\d_[A-Za-z]{1,32})?", str(module["path"])):
            raise ValueError(
                f"it names the path {shown(module['path'])}, which is no module folder"
            )


def _keys_set(value: Any) -> Iterator[str]:
    """Every key of a JSON value, at any depth, that stands before anything but null or false."""
    if isinstance(value, dict):
        for key, part in value.items():
            if part is not None and part is not False:
                yield key
            yield from _keys_set(part)
    elif isinstance(value, list):
        for part in value:
            yield from _keys_set(part)


_ACTIVE = re.compile(r"<[a-z!/?]|(java|vb|live)script:", re.IGNORECASE)
# Where Markdown takes an address from: after ](, after ]:, between < and >.
_ADDRESS = re.compile(r"(?:\]\(|\]:|<)<?(?P<scheme>[a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES = ("http", "https", "mailto")


def check_card(path: str, content: bytes) -> str:
    """A model card: Markdown without HTML and without addresses that run something.

    Raises:
        ValueError: it has them, encoded or not; or is no UTF-8.
    """
    text = plain = content.decode("utf-8")
    for _ in range(3):  # entities of entities
        plain = html.unescape(plain)
    # Browsers see no white space or control characters inside a scheme.
    plain = "".join(c for c in plain if c.isprintable() and not c.isspace())
    schemes = {match["scheme"].lower() for match in _ADDRESS.finditer(plain)}
    if _ACTIVE.search(plain) or not schemes <= set(_SCHEMES):
        raise ValueError("HTML or a script address in a model card")
    return text
