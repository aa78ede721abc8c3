"""Publishing an adapter on the Hub: what may go there, what goes there, and in one commit."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError, StageError, UnknownNameError
from cardiobench.foundation.files import sha256_file
from cardiobench.foundation.text import squeeze
from cardiobench.models.checkpoint import hub_is_near
from cardiobench.plugins.registry import load_plugins
from cardiobench.results.entry import Entry, Manifest, TrainingRecord, finished_entries
from cardiobench.sharing.model_card import entry_card
from cardiobench.sharing.submission.document_text import check_no_document_text

if TYPE_CHECKING:
    from huggingface_hub import HfApi

# Licences under which anyone may pass on a derivative with its attribution. All others set
# conditions that a person has to read, or forbid it.
PERMISSIVE = frozenset(
    {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0"}
)
_UNKNOWN = frozenset({"", "none", "other", "proprietary", "unknown"})
_WEIGHTS = ("adapter_model.safetensors", "model.safetensors")
_LOGIN = "Type: hf auth login, with a token that may write (https://hf.co/settings/tokens)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An adapter that may be published.

    Attributes:
        entry: where it is.
        manifest: what it is.
        training: how it was made.
        weights: name of its weights file inside the adapter folder.
    """

    entry: Entry
    manifest: Manifest
    training: TrainingRecord
    weights: str


def find_entry(named: str, root: Path) -> Entry:
    """The entry that a folder or a model's name means.

    Args:
        named: the folder of one entry, or of its adapter; or ``organisation/model``.
        root: the run or leaderboard folder where names are looked up.

    Raises:
        CardioBenchError: the folder is no entry, or the name has several revisions.
        UnknownNameError: no entry has that name.
    """
    folder = Path(named)
    if folder.is_dir():
        folder = folder.resolve()
        for place in (folder, *list(folder.parents)[:2]):
            if place.parent.parent.name == "results":
                name = place.parent.name.replace("__", "/", 1)
                return Entry(place.parent.parent.parent, name, place.name)
        raise CardioBenchError(
            f"{named} is not the folder of an entry: results/ORGANISATION__MODEL/REVISION."
        )
    entries = list(finished_entries(root))
    matching = [entry for entry in entries if entry.name == named]
    if not matching:
        names = {entry.name for entry in entries}
        raise UnknownNameError("model", named, names, hint=f"They are those in {root} (--from).")
    if len(matching) > 1:
        raise CardioBenchError(
            f"{named} has {len(matching)} revisions in {root}; give the folder of one: "
            f"{', '.join(str(entry.folder) for entry in matching)}."
        )
    return matching[0]


def check_parcel(entry: Entry, *, accepted_licence: str = "") -> Parcel:
    """What would be published, if it may be.

    Args:
        entry: of an adapted model.
        accepted_licence: the licence whose conditions the user says to have met.

    Raises:
        CardioBenchError: the entry is unfinished or not of an adapted model, its weights are not
            those that were evaluated, or the base model's licence forbids it or sets conditions.
    """
    if not entry.manifest_path.is_file():
        raise CardioBenchError(
            f"{entry.folder} is unfinished: it has no manifest. Type the `cardiobench run` that "
            "made it again; it goes on from there."
        )
    manifest = entry.manifest()
    if manifest.training is None:
        raise CardioBenchError(
            f"{entry.name} is a {manifest.model.kind} row and has nothing to publish; "
            "choose an adapted model."
        )
    weights = next((n for n in _WEIGHTS if (entry.adapter_folder / n).is_file()), None)
    if weights is None:
        raise CardioBenchError(
            f"{entry.adapter_folder} holds no weights ({' or '.join(_WEIGHTS)}). {_again(manifest)}"
        )
    digest = sha256_file(entry.adapter_folder / weights)
    if digest != manifest.training.adapter_sha256:
        raise CardioBenchError(
            f"{entry.adapter_folder / weights} is damaged: its sha256 is {digest[:12]}, but "
            f"{manifest.training.adapter_sha256[:12]} was evaluated. {_again(manifest)}"
        )
    _check_licence(manifest, accepted_licence)
    return Parcel(entry=entry, manifest=manifest, training=manifest.training, weights=weights)


def _again(manifest: Manifest) -> str:
    return f"Type: cardiobench run --model {manifest.model.architecture}, which trains it again."


def _check_licence(manifest: Manifest, accepted: str) -> None:
    """Refuse what the base model's licence forbids, or allows on conditions nobody confirmed."""
    licence = manifest.model.licence
    base = manifest.model.adapted_from
    lower = licence.lower()
    if lower in _UNKNOWN:
        raise CardioBenchError(
            f"The licence of {base} is not known ({licence!r}), so nothing made from it may be "
            "passed on; state it in the architecture's plugin and run again."
        )
    if lower.startswith("cc-by") and "nd" in lower.split("-"):
        raise CardioBenchError(
            f"{base} is under {licence}, which forbids passing on derivatives (ND), and an "
            "adapter is one."
        )
    if lower not in PERMISSIVE and lower != accepted.lower():
        raise CardioBenchError(
            f"{base} is under {licence}, which sets conditions for passing on derivatives. Read "
            f"it; if you meet them, add --accept-licence {licence}"
        )


@contextmanager
def packed_folder(parcel: Parcel, repository: str) -> Iterator[Path]:
    """A folder of exactly what is published: the adapter, and a card under its new name.

    Raises:
        UnknownNameError: the plugin of the model's architecture is not installed.
        CardioBenchError: a file quotes documents that the model was trained on.
    """

    architecture = load_plugins().architecture(parcel.manifest.model.architecture)
    with tempfile.TemporaryDirectory(prefix="cardiobench-push-") as temporary:
        folder = Path(temporary) / "adapter"
        shutil.copytree(parcel.entry.adapter_folder, folder)
        card = entry_card(
            parcel.entry, architecture, parcel.training, name=repository, source=repository
        )
        (folder / "README.md").write_text(card, encoding="utf-8")
        check_no_document_text(parcel.entry, (p for p in folder.rglob("*") if p.is_file()))
        yield folder


def push(
    parcel: Parcel, folder: Path, repository: str, *, private: bool, branch: str, overwrite: bool
) -> str:
    """Create the repository if it is not there, and upload the folder in one commit.

    Pushing the same again changes nothing on the Hub.

    Args:
        parcel: what is published.
        folder: its files, from :func:`packed_folder`.
        repository: ``organisation/name`` on the Hub.
        private: whether a new repository is private.
        branch: where the commit goes; made from ``main`` if it is not there.
        overwrite: replace other content.

    Returns:
        Address of the commit.

    Raises:
        CardioBenchError: no token, or the repository holds something else.
        StageError: the Hub is out of reach, refuses, or breaks off.
    """
    from huggingface_hub import HfApi, constants, get_token

    if get_token() is None:
        raise CardioBenchError(f"You are not logged in to the Hub. {_LOGIN}")
    if not hub_is_near():
        raise StageError(
            f"The Hub ({constants.ENDPOINT}) is out of reach; nothing was published. Check the "
            "network (and HF_HUB_OFFLINE, HF_ENDPOINT) and type the same command again."
        )
    with _told(repository):
        api = HfApi(endpoint=constants.ENDPOINT)
        # Without a wish the organisation's own default counts.
        api.create_repo(repository, private=private or None, exist_ok=True)
        if branch != constants.DEFAULT_REVISION:
            api.create_branch(repository, branch=branch, exist_ok=True)
        if not overwrite:
            _refuse_other_content(api, parcel, repository, branch)
        training = parcel.training
        done: Any = api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            revision=branch,
            commit_message=f"{parcel.entry.name}, revision {parcel.entry.revision[:12]}",
            commit_description=f"Recipe {training.recipe['name']}, seed {training.seed}",
            delete_patterns="*" if overwrite else None,
        )
    return str(done.commit_url)


def _refuse_other_content(api: "HfApi", parcel: Parcel, repository: str, branch: str) -> None:
    """Only an empty repository, or one that already has these weights, may be written to."""
    siblings = api.model_info(repository, revision=branch, files_metadata=True).siblings or []
    files = {file.rfilename: file for file in siblings if file.rfilename != ".gitattributes"}
    weights = files.get(parcel.weights)
    same = (
        weights is not None
        and weights.lfs is not None
        and weights.lfs.sha256 == parcel.training.adapter_sha256
    )
    if files and not same:
        raise CardioBenchError(
            f"{repository} ({branch}) already holds something else: "
            f"{', '.join(sorted(files)[:4])}. Choose another name or --branch, or replace all of "
            "it with --overwrite."
        )


@contextmanager
def _told(repository: str) -> Iterator[None]:
    """Turn what the Hub's client raises into one line that says what to do."""
    from huggingface_hub import errors
    from huggingface_hub.errors import HfHubHTTPError

    # Which library does the Hub client's transport depends on its version.
    transport: type[Exception] = errors.HTTPError  # type: ignore[attr-defined]
    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in (401, 403, 404):
            raise CardioBenchError(
                f"The Hub does not let you write to {repository} ({status}). {_LOGIN}"
            ) from error
        message = squeeze(str(error.server_message or error))
        raise StageError(f"The Hub refuses {repository} ({status}): {message}") from error
    except (transport, OSError) as error:
        message = squeeze(f"{type(error).__name__}: {error}")
        raise StageError(
            f"The connection to the Hub broke off ({message}). Type the same command again; "
            "what has arrived is not sent twice."
        ) from error
