"""The recipes that CardioBench ships, as a plugin supplies its own: TOML texts by name."""

from importlib import resources

from cardiobench.plugins.hookspecs import hookimpl

_FOLDER = "cardiobench.training.recipes"


@hookimpl
def cardiobench_recipes() -> dict[str, str]:
    """Recipe name to TOML text, sorted by name."""
    files = [file for file in resources.files(_FOLDER).iterdir() if file.name.endswith(".toml")]
    return {
        file.name.removesuffix(".toml"): file.read_text(encoding="utf-8")
        for file in sorted(files, key=lambda file: file.name)
    }
