"""Asking an endpoint: one request at a time, no faster than allowed, again where that may help."""

import http.client
import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from cardiobench.errors import StageError
from cardiobench_plugins.endpoint.settings import Settings

# Answers that another try may change.
PASSING = {408, 409, 425, 429, 500, 502, 503, 504, 529}
LONGEST_WAIT_S = 120.0
MOST_BYTES = 256 * 2**20
_SHOWN = 300


class PassingError(Exception):
    """A request failed in a way that may pass; ``wait_s`` is what the server asked for."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another host."""

    def redirect_request(self, *arguments: Any, **options: Any) -> None:
        """Follow none."""


class Client:
    """Sends JSON to an endpoint and gives the checked answer.

    Args:
        settings: address, key, limits.
        sleep: waits so many seconds; tests replace it.
    """

    def __init__(self, settings: Settings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        self._next = 0.0
        self._opener = urllib.request.build_opener(_NoRedirect)
        self.requests = 0
        self.retries = 0

    def ask(self, body: dict[str, Any], check: Callable[[Any], Any]) -> Any:
        """What ``check`` makes of the answer to a request.

        Args:
            body: the request, as JSON values.
            check: takes the answer; raises :class:`PassingError` where it is not whole.

        Raises:
            StageError: the endpoint refuses the request, or fails more often than ``retries``.
        """
        for attempt in range(self._settings.retries + 1):
            self._wait_for_turn()
            try:
                return check(self._once(body))
            except PassingError as error:
                if attempt == self._settings.retries:
                    raise StageError(
                        f"{self._settings.url} failed {attempt + 1} times, last: {error}. What is "
                        "there already is kept: type the same command again to go on."
                    ) from error
                self.retries += 1
                # Half of the wait is chance, so that several clients do not knock together.
                backoff = 2.0**attempt * (0.5 + random.random() / 2)  # noqa: S311
                self._sleep(min(LONGEST_WAIT_S, max(backoff, error.wait_s or 0.0)))
        raise AssertionError  # the last attempt returns or raises

    def _wait_for_turn(self) -> None:
        limit = self._settings.requests_per_minute
        if limit:
            now = time.monotonic()
            if now < self._next:
                self._sleep(self._next - now)
            self._next = max(now, self._next) + 60 / limit

    def _once(self, body: dict[str, Any]) -> Any:
        settings = self._settings
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if settings.key:
            headers["Authorization"] = f"Bearer {settings.key}"
        request = urllib.request.Request(  # noqa: S310 -- settings allow http and https alone
            f"{settings.url}/embeddings", json.dumps(body).encode(), headers
        )
        self.requests += 1
        try:
            with self._opener.open(request, timeout=settings.timeout_s) as answer:
                return json.loads(self._read(answer))
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from error
        except json.JSONDecodeError as error:
            raise PassingError("an answer that is no JSON") from error
        except TimeoutError as error:
            raise PassingError(f"no answer in {settings.timeout_s:g} s") from error
        except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            if isinstance(reason, TimeoutError):
                raise PassingError(f"no answer in {settings.timeout_s:g} s") from error
            raise PassingError(self._without_key(str(reason))) from error

    def _read(self, answer: Any) -> bytes:
        """The whole answer, unless it trickles on for longer than a request may take."""
        deadline = time.monotonic() + self._settings.timeout_s
        parts: list[bytes] = []
        while part := answer.read1(1 << 16):
            parts.append(part)
            if time.monotonic() > deadline:
                raise TimeoutError
            if len(parts) > MOST_BYTES >> 10:
                raise PassingError("an answer without end")
        return b"".join(parts)

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        """An HTTP status as an error that passes, or as one that does not."""
        try:
            with error:
                said = error.read(1 << 16).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            said = ""
        said = " ".join(self._without_key(said).split())[:_SHOWN]
        if error.code in PASSING:
            return PassingError(f"HTTP {error.code} {said}".strip(), _seconds(error.headers))
        remedies = {
            401: "Set CARDIOBENCH_ENDPOINT_KEY to a key that it accepts.",
            403: "Set CARDIOBENCH_ENDPOINT_KEY to a key that may use this model.",
            404: "Check CARDIOBENCH_ENDPOINT_URL and the model's name.",
        }
        remedy = remedies.get(error.code, "The request is not repeated.")
        return StageError(
            f"{self._settings.url} refuses the request: HTTP {error.code} {said}".strip()
            + f". {remedy}"
        )

    def _without_key(self, text: str) -> str:
        key = self._settings.key
        return text.replace(key, "***") if key else text


def _seconds(headers: Any) -> float | None:
    """What ``Retry-After`` asks for, where it is a number of seconds."""
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return None
