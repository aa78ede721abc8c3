"""`--model endpoint/MODEL` against a server on this machine that behaves as badly as real ones."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import cardiobench
from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.files import read_json
from cardiobench.models.text_table import TextTable
from cardiobench.results.entry import Entry
from cardiobench_plugins.endpoint.client import Client
from cardiobench_plugins.endpoint.model import EndpointModel
from cardiobench_plugins.endpoint.settings import Settings, read_settings
from tests.end_to_end.any_model import TASK, stock_score, verified

KEY = "sk-very-secret"


class Server:
    """An endpoint whose next answers can be told; then it counts letters."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.mishaps: list[Callable[[BaseHTTPRequestHandler], None]] = []
        self.scale = 1.0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                server.bodies.append(body)
                server.keys.append(self.headers.get("Authorization"))
                if server.mishaps:
                    server.mishaps.pop(0)(self)
                else:
                    give(self, server.answer(body["input"]))

            def log_message(self, *arguments: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"

    def answer(self, texts: list[str]) -> dict[str, Any]:
        """Letter counts, the last first, as the index allows."""
        rows = [[text.lower().count(chr(97 + k)) + 0.01 for k in range(26)] for text in texts]
        if self.scale < 0:
            rows = [row[13:] + row[:13] for row in rows]
        data = [{"index": k, "embedding": row} for k, row in enumerate(rows)]
        return {"data": data[::-1], "usage": {"total_tokens": sum(len(t.split()) for t in texts)}}


def give(handler: BaseHTTPRequestHandler, value: Any, code: int = 200, **headers: str) -> None:
    """Answer with JSON."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    handler.send_response(code)
    for name, text in headers.items():
        handler.send_header(name.replace("_", "-"), text)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that runs until the test ends."""
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.http.shutdown()
    thread.join()
    made.http.server_close()


def model(server: Server, waits: list[float] | None = None, **settings: Any) -> EndpointModel:
    """A model behind the server, which notes its waits instead of waiting."""
    chosen = Settings(url=server.url, **{"key": KEY, "timeout_s": 5.0, **settings})
    waited: list[float] = [] if waits is None else waits
    return EndpointModel("org/letters", chosen, Client(chosen, waited.append))


def test_it_is_asked_in_batches_with_its_key(server: Server) -> None:
    """Embeddings come back in order; tokens and requests are counted; prompts are put before."""
    asked = model(server, dimensions=26, query_prompt="query: ")
    rows = asked.embed(["aa", "b"], None)
    assert (rows[0][0], rows[1][1]) == (2.01, 1.01)
    asked.embed(["aa"], "query")
    assert [body["input"] for body in server.bodies] == [["aa", "b"], ["query: aa"]]
    assert server.bodies[0]["model"] == "org/letters"
    assert server.bodies[0]["dimensions"] == 26
    assert server.keys == [f"Bearer {KEY}"] * 2
    assert asked.usage() == {"tokens": 4, "requests": 2, "retries": 0}
    assert asked.name == "endpoint/org-letters"


def test_what_may_pass_is_tried_again(server: Server) -> None:
    """Errors, throttling, hanging, nonsense and NaN, each with a longer wait."""
    hangs = 0.3
    nan = {"data": [{"index": 0, "embedding": [float("nan")] * 26}]}
    server.mishaps = [
        lambda h: give(h, {"error": "oops"}, 500),
        lambda h: give(h, {"error": "slow down"}, 429, Retry_After="17"),
        lambda h: time.sleep(hangs * 2),
        lambda h: give(h, b"<html>"),
        lambda h: give(h, {"data": []}),
        lambda h: give(h, nan),
        lambda h: h.connection.close(),
    ]
    waits: list[float] = []
    asked = model(server, waits, timeout_s=hangs, retries=7)
    assert asked.embed(["a"], None)[0][0] == 1.01
    assert asked.usage()["retries"] == len(waits) == 7
    assert waits[1] == 17
    assert 0.5 <= waits[0] <= 1
    assert waits[5] > waits[3] > waits[0]


@pytest.mark.parametrize(
    ("mishap", "message"),
    [
        (lambda h: give(h, {"error": "boom"}, 503), r"failed 3 times, last: HTTP 503 .*go on"),
        (
            lambda h: give(h, {"data": [{"index": 0, "embedding": [float("nan")]}]}),
            "last: NaN or infinite numbers, first for 'a'",
        ),
        (lambda h: time.sleep(0.5), r"last: no answer in 0.2 s"),
        (lambda h: give(h, {"error": f"bad key {KEY}"}, 401), r"bad key \*\*\*.*ENDPOINT_KEY"),
        (lambda h: give(h, {}, 302, Location="http://127.0.0.1:1/"), "HTTP 302"),
    ],
    ids=["down", "nan", "hangs", "key", "redirect"],
)
def test_what_does_not_pass_is_one_line(server: Server, mishap: Any, message: str) -> None:
    """It says what happened and never shows the key."""
    server.mishaps = [mishap] * 3
    with pytest.raises(StageError, match=message) as raised:
        model(server, retries=2, timeout_s=0.2).embed(["a"], None)
    assert KEY not in str(raised.value)


def test_requests_keep_their_distance(server: Server) -> None:
    """The limit is of starts a minute."""
    waits: list[float] = []
    asked = model(server, waits, requests_per_minute=60)
    for _ in range(3):
        asked.embed(["a"], None)
    assert len(waits) == 2
    assert waits[0] == pytest.approx(1, abs=0.5)


def test_a_run_goes_on_where_it_stopped(server: Server) -> None:
    """Every batch is kept at once; another model behind the same name is told."""
    texts = [f"{'abcdefghij'[k]} rhythm" for k in range(10)]
    down = [lambda h: give(h, {"error": "down"}, 503)]
    settings: dict[str, Any] = {"batch_size": 4, "retries": 0, "revision": "resume-1"}
    first = TextTable(model(server, **settings))
    first.start()
    first.encode([{"text": texts[:4]}])
    server.mishaps = list(down)
    with pytest.raises(StageError, match="503"):
        first.encode([{"text": texts}])
    before = len(server.bodies)
    second = TextTable(model(server, **settings))
    assert second.encode([{"text": texts + texts}]).shape == (20, 26)
    asked = [text for body in server.bodies[before:] for text in body["input"]]
    assert asked[1:] == texts[4:]
    server.scale = -1.0
    with pytest.raises(StageError, match="another model answers"):
        TextTable(model(server, **settings)).start()


def test_an_endpoint_becomes_a_verified_row(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From settings in the environment; the key is nowhere in what is left."""
    monkeypatch.setenv("CARDIOBENCH_ENDPOINT_URL", server.url)
    monkeypatch.setenv("CARDIOBENCH_ENDPOINT_KEY", KEY)
    monkeypatch.setenv("CARDIOBENCH_ENDPOINT_BATCH_SIZE", "100")
    (result,) = cardiobench.evaluate("endpoint/letters", TASK, output=tmp_path, verbose=False)
    entry = Entry(tmp_path, result.name, result.revision)
    usage = read_json(entry.extras / "usage.json")
    assert usage["tokens"] > 1000
    assert usage["requests"] == len(server.bodies) < 30
    report = verified(entry, tmp_path / "board")
    assert report.good, report.findings
    assert not report.open_weights
    own = TextTable(model(server), keep=False)
    own.start()
    assert entry.scores(TASK)["main_score"] == pytest.approx(stock_score(own), abs=1e-6)
    assert not any(KEY.encode() in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    asked = len(server.bodies)
    cardiobench.evaluate("endpoint/letters", TASK, output=tmp_path, verbose=False)
    assert len(server.bodies) == asked


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "ENDPOINT_URL='' is no address"),
        ({"URL": "ftp://example.org"}, "is no address"),
        ({"URL": "http://example.org/v1", "KEY": "x"}, "would travel unencrypted to example.org"),
        ({"URL": "https://example.org", "BATCH_SIZE": "many"}, "BATCH_SIZE='many': a number"),
        ({"URL": "https://example.org", "TIMEOUT": "nan"}, "TIMEOUT='nan'"),
        ({"URL": "https://example.org", "KEY": "a\nb"}, "no header may hold"),
    ],
)
def test_a_wrong_setting_is_one_line(settings: dict[str, str], message: str) -> None:
    """Before anything is asked; the key is never shown."""
    variables = {f"CARDIOBENCH_ENDPOINT_{name}": text for name, text in settings.items()}
    with pytest.raises(CardioBenchError, match=message):
        read_settings(variables)
    assert KEY not in repr(Settings(url="https://example.org", key=KEY))
