"""An endpoint's model as texts in, numbers out."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cardiobench_plugins.endpoint.client import Client, PassingError
from cardiobench_plugins.endpoint.settings import Settings

Rows = list[list[float]]


class EndpointModel:
    """A :class:`cardiobench.TextModel` behind an endpoint.

    Args:
        served: the model's name as the endpoint knows it.
        settings: how it is asked.
        client: sends requests; tests give one that does not wait.
    """

    def __init__(self, served: str, settings: Settings, client: Client | None = None) -> None:
        self._served = served
        self._settings = settings
        self._client = client or Client(settings)
        self._tokens = 0
        self.name = f"endpoint/{served.replace('/', '-')}"
        self.batch_size = settings.batch_size
        # Another host may serve the same model: the address is no part of it.
        self.identity: Mapping[str, Any] = {
            "served": served,
            "dimensions": settings.dimensions,
            "prompts": [settings.query_prompt, settings.document_prompt],
        }
        described = json.dumps(self.identity, sort_keys=True).encode()
        self.revision = settings.revision or hashlib.sha256(described).hexdigest()[:40]
        self.description: Mapping[str, Any] = {
            "open_weights": False,
            "use_instructions": bool(settings.query_prompt or settings.document_prompt),
        }

    def embed(self, texts: Sequence[str], purpose: str | None) -> Rows:
        """One embedding a text, in order.

        Raises:
            StageError: the endpoint refuses, or fails too often, also by answering with too few
                embeddings or with NaN.
        """
        prompts = {
            "query": self._settings.query_prompt,
            "document": self._settings.document_prompt,
        }
        prompt = prompts.get(purpose or "", "")
        body: dict[str, Any] = {
            "model": self._served,
            "input": [prompt + text for text in texts],
            "encoding_format": "float",
        }
        if self._settings.dimensions:
            body["dimensions"] = self._settings.dimensions
        rows: Rows = self._client.ask(body, self._checked(texts))
        return rows

    def usage(self) -> Mapping[str, int]:
        """Tokens as the endpoint counted them, requests, and how many of these were repeats."""
        return {
            "tokens": self._tokens,
            "requests": self._client.requests,
            "retries": self._client.retries,
        }

    def _checked(self, texts: Sequence[str]) -> Callable[[Any], Rows]:
        """Takes an answer's embeddings in the order of their ``index``."""

        def check(answer: Any) -> Rows:
            usage = answer.get("usage") if isinstance(answer, dict) else None
            counted = (usage or {}).get("total_tokens", 0) if isinstance(usage, dict) else 0
            self._tokens += counted if type(counted) is int and counted > 0 else 0
            try:
                found = {int(one["index"]): one["embedding"] for one in answer["data"]}
                rows = [[float(value) for value in found[k]] for k in range(len(texts))]
            except (KeyError, TypeError, ValueError) as error:
                raise PassingError(
                    f"an answer that is not {len(texts)} embeddings with their index"
                ) from error
            for text, row in zip(texts, rows, strict=True):
                if not all(math.isfinite(value) for value in row):
                    raise PassingError(f"NaN or infinite numbers, first for {text[:60]!r}")
            return rows

        return check
