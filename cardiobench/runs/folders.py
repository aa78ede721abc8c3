"""Models that are folders, and folders where the weights of others lie, as a user names them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cardiobench.errors import CardioBenchError
from cardiobench.models.adapter_folder import base_names, is_adapter, model_in_folder
from cardiobench.models.model_folder import is_folder, with_weights
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import load_plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a user tells of the one model that is a folder; nothing is made up for the rest.

    Attributes:
        name: what it is called, or None for the folder's own name.
        pooling: how tokens become one embedding, where the folder does not say so.
        open_weights: who can have the weights: public, on-request or private.
        licence: of the weights.
        reference: address of a page about it.
    """

    name: str | None = None
    pooling: str | None = None
    open_weights: str | None = None
    licence: str | None = None
    reference: str | None = None

    def options(self) -> str:
        """The options that were given, for a message, or ``""``."""
        given = ("name", "pooling", "open_weights", "licence", "reference")
        return ", ".join(f"--{n.replace('_', '-')}" for n in given if getattr(self, n) is not None)


def given_folders(weights: Sequence[str]) -> dict[str, str]:
    """``NAME=FOLDER`` texts as name to folder.

    Raises:
        CardioBenchError: one has no name or no folder.
    """
    found = {}
    for option in weights:
        name, _, folder = option.partition("=")
        if not name or not folder:
            raise CardioBenchError(f"--weights {option}: give NAME=FOLDER.")
        found[name] = folder
    return found


def folder_models(
    models: Sequence[str], told: Told, given: Mapping[str, str], say: Callable[[str], None]
) -> dict[str, Architecture]:
    """Specifications of those models that are folders, by the name to run them under.

    Args:
        models: as the user names them.
        told: about the one among them that is a folder.
        given: where bases of adapters lie, among other weights.
        say: told that an adapter was merged.

    Raises:
        CardioBenchError: a folder holds no model, something is told of none or of several, or a
            plugin has a model of that name.
    """
    paths = [model for model in models if is_folder(model)]
    if told.options() and len(paths) != 1:
        raise CardioBenchError(f"{told.options()}: of one folder. Give one --model FOLDER.")
    found = {}
    for path in paths:
        spec = model_in_folder(path, name=told.name, pooling=told.pooling, bases=given)
        spec = replace(
            spec,
            licence=told.licence or spec.licence,
            access=told.open_weights or "",
            reference=told.reference or "",
        )
        _refuse_taken(spec)
        if is_adapter(path):
            base = spec.base or "its base"
            say(f"{spec.name}: an adapter; it was merged into {base} before anything else.")
        found[spec.name] = spec
    return found


def _refuse_taken(spec: Architecture) -> None:
    for other, _ in load_plugins().architectures():
        if spec.name == other.name or spec.checkpoint == other.checkpoint:
            taken = spec.name if spec.name == other.name else spec.checkpoint
            raise CardioBenchError(f"A plugin has a model named {taken}. Give another: --name NAME")


def placed_models(
    known: Mapping[str, Architecture], given: Mapping[str, str], models: Sequence[str] = ()
) -> dict[str, Architecture]:
    """Registered architectures whose published weights lie where the user says.

    Args:
        known: the architectures that are to be run.
        given: name to folder.
        models: folders among which adapters may take their bases from ``given``.

    Raises:
        CardioBenchError: a name is of none of them, or the weights are not the published ones.
    """
    bases = {n for model in models if is_adapter(model) for n in base_names(model)}
    for name, folder in given.items():
        if name not in known and name not in bases:
            raise CardioBenchError(
                f"--weights {name}={folder}: give a NAME that --model names too, or that of the "
                "base of an adapter folder."
            )
    return {n: with_weights(known[n], folder) for n, folder in given.items() if n in known}
