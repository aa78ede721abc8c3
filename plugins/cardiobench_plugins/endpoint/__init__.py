"""Any OpenAI-compatible embeddings endpoint: ``--model endpoint/MODEL`` (docs/endpoints.md)."""

from cardiobench import TextModel, hookimpl
from cardiobench_plugins.endpoint.settings import read_settings

PREFIX = "endpoint/"


@hookimpl
def cardiobench_encoder(name: str) -> TextModel | None:
    """Supply ``endpoint/MODEL``, with the settings of ``CARDIOBENCH_ENDPOINT_*``."""
    if not name.startswith(PREFIX):
        return None
    # The HTTP client is loaded only where an endpoint is asked for.
    from cardiobench_plugins.endpoint.model import EndpointModel

    return EndpointModel(name.removeprefix(PREFIX), read_settings())
