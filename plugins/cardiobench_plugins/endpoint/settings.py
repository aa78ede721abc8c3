"""The settings of an endpoint, out of the environment; the key is never shown or stored."""

import os
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from cardiobench.errors import CardioBenchError

VARIABLE = "CARDIOBENCH_ENDPOINT_"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_N = TypeVar("_N", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an endpoint is asked.

    Attributes:
        url: the API's base, to which ``/embeddings`` is put.
        key: the secret that is sent as ``Authorization: Bearer``, or ``""``.
        batch_size: texts a request.
        requests_per_minute: most requests a minute, or 0 for no limit.
        retries: how often a request is repeated that failed in a way that may pass.
        timeout_s: seconds without an answer after which a request counts as failed.
        dimensions: length of embedding to ask for, or 0 for the model's own.
        query_prompt: text put before every query.
        document_prompt: text put before every document.
        revision: what tells the served weights from others of the same name, or ``""``.
    """

    url: str
    key: str = field(default="", repr=False)
    batch_size: int = 64
    requests_per_minute: float = 0
    retries: int = 6
    timeout_s: float = 60
    dimensions: int = 0
    query_prompt: str = ""
    document_prompt: str = ""
    revision: str = ""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that ``CARDIOBENCH_ENDPOINT_URL`` and its like give.

    Raises:
        CardioBenchError: there is no URL, the URL would send the key unencrypted, or a number is
            none or out of range.
    """
    url = environment.get(f"{VARIABLE}URL", "").rstrip("/")
    address = urllib.parse.urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise CardioBenchError(
            f"{VARIABLE}URL={url!r} is no address of an endpoint. Set it to the API's base, such "
            "as https://example.org/v1, to which /embeddings is put."
        )
    key = environment.get(f"{VARIABLE}KEY", "")
    if key and address.scheme == "http" and address.hostname not in LOOPBACK:
        raise CardioBenchError(
            f"{VARIABLE}KEY would travel unencrypted to {address.hostname}. Use https, or leave "
            "the key out."
        )
    if not key.isascii() or not key.isprintable():
        raise CardioBenchError(f"{VARIABLE}KEY holds characters that no header may hold.")

    def number(name: str, default: _N, kind: Callable[[str], _N], low: float) -> _N:
        text = environment.get(f"{VARIABLE}{name}", "")
        try:
            value = kind(text) if text else default
        except ValueError:
            value = kind("-1")
        if not low <= value < 1e9:
            raise CardioBenchError(
                f"{VARIABLE}{name}={text!r}: a number from {low:g} on; without it, {default:g}."
            )
        return value

    return Settings(
        url=url,
        key=key,
        batch_size=number("BATCH_SIZE", 64, int, 1),
        requests_per_minute=number("REQUESTS_PER_MINUTE", 0.0, float, 0),
        retries=number("RETRIES", 6, int, 0),
        timeout_s=number("TIMEOUT", 60.0, float, 0.01),
        dimensions=number("DIMENSIONS", 0, int, 0),
        query_prompt=environment.get(f"{VARIABLE}QUERY_PROMPT", ""),
        document_prompt=environment.get(f"{VARIABLE}DOCUMENT_PROMPT", ""),
        revision=environment.get(f"{VARIABLE}REVISION", ""),
    )
