"""The architectures that are installed here, in every form that a row can be of."""

from cardiobench.plugins.architecture import Architecture, Backend, Precision
from cardiobench.plugins.registry import load_plugins


def known_architectures() -> dict[str, Architecture]:
    """Name to architecture of every installed plugin, in every number format and backend."""
    return {
        variant.name: variant
        for spec, _ in load_plugins().architectures()
        for variant in (
            spec,
            *(spec.at(precision) for precision in Precision),
            *(spec.on(backend) for backend in Backend),
        )
    }
