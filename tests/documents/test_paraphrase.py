"""Paraphrases: off by default, told before text goes, by the reference plugin on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cardiobench.documents.best import DocumentPair
from cardiobench.documents.paraphrase import paraphrased
from cardiobench.errors import DataError
from cardiobench.pairs.documents import chosen_strategies
from cardiobench.plugins.registry import Plugins
from tests.documents import openai_paraphrase

asked: list[str] = []


class _Server(BaseHTTPRequestHandler):
    """Answers as an OpenAI-compatible server does; it says each sentence in capitals."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sentence = body["messages"][0]["content"].removeprefix(openai_paraphrase.PROMPT)
        asked.append(sentence)
        said = sentence if "unchanged" in sentence else f'"In other words: {sentence}"'
        answer = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address, which the plugin reads."""
    asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{http.server_port}/v1"
        monkeypatch.setenv("PARAPHRASE_URL", address)
        yield address
        http.shutdown()
        thread.join()


def pair(sentence: str, strategy: str = "paraphrase") -> DocumentPair:
    return DocumentPair(
        strategy=strategy, anchor=sentence, positive=sentence, document=0, passage=0
    )


def plugins() -> Plugins:
    loaded = Plugins()
    loaded.add("paraphrase", openai_paraphrase, "example-paraphrase", "1.0")
    assert not loaded.problems
    return loaded


def test_sentences_come_back_in_other_words_and_the_user_is_told_first(
    server: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unchanged sentence gives no pair; a second run asks nothing; other pairs pass."""
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path))
    sentences = [pair(f"Valve number {n} opens in time.") for n in range(40)]
    given = [*sentences, pair("This stays unchanged."), pair("A neighbour.", "neighbours")]
    told: list[str] = []

    def say(text: str) -> None:
        assert not asked
        told.append(text)

    found = list(paraphrased(given, plugins(), say))
    assert len(found) == 41
    assert found[0].strategy == "neighbours"
    assert found[1].positive == "In other words: Valve number 0 opens in time."
    assert "41 sentences of your documents go to the plugin paraphrase" in told[0]
    assert "may send them off this machine" in told[0]
    assert len(asked) == 41
    asked.clear()
    assert list(paraphrased(given, plugins(), told.append)) == found
    assert not asked


def test_without_a_plugin_and_with_a_broken_one_it_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    """No plugin, a plugin without an address, and a server that is not there."""
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path))
    given = [pair("A sentence that nobody hears.")]
    with pytest.raises(DataError, match="needs a plugin with the hook cardiobench_paraphrase"):
        list(paraphrased(given, Plugins(), print))
    monkeypatch.delenv("PARAPHRASE_URL", raising=False)
    with pytest.raises(DataError, match="gave 0 paraphrases of 1 texts"):
        list(paraphrased(given, plugins(), lambda text: None))
    monkeypatch.setenv("PARAPHRASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(DataError, match="cannot paraphrase: URLError"):
        list(paraphrased(given, plugins(), lambda text: None))


def test_nothing_is_paraphrased_unless_it_is_asked_for() -> None:
    """The default strategies are the others."""
    names = [strategy.name for strategy in chosen_strategies(())]
    assert "paraphrase" not in names
    assert "cloze" in names
    assert [s.name for s in chosen_strategies(("paraphrase",))] == ["paraphrase"]
