"""`cardiobench push`: the Hub's real client against a small server that stands in for the Hub."""

import base64
import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cardiobench.cli.main import main
from cardiobench.foundation.files import read_json, write_json
from cardiobench.results.entry import Entry, finished_entries

BOARD = Path(__file__).parents[2] / "leaderboard"
NAME = "cardiobench/minilm-quick-seed0"
WEIGHTS = "adapter_model.safetensors"
COMMIT = "someone/heart/commit/" + "c" * 40
Push = Callable[..., tuple[int, str]]


class Hub(ThreadingHTTPServer):
    """As much of the Hub as the client asks for to publish a model; keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.repositories: dict[str, dict[str, Any]] = {}
        self.files: dict[str, dict[str, bytes]] = {"main": {}}
        self.commits: list[tuple[str, dict[str, Any]]] = []
        self.refuse_with = 0


class _Requests(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        """Nothing on the terminal."""

    def do_GET(self) -> None:
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts[4:5] == ["tree"]:
            self._answer(200, [self._file(*f) for f in self.server.files[parts[5]].items()])
        elif parts[4:5] == ["revision"]:
            self._info("/".join(parts[2:4]), parts[5])
        else:
            self._answer(404, {"error": f"no {self.path}"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = self.path.partition("?")[0].strip("/").split("/")
        if self.server.refuse_with:
            self._answer(self.server.refuse_with, {"error": "refused by the test"})
        elif parts == ["api", "repos", "create"]:
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            status = 409 if name in self.server.repositories else 200
            self.server.repositories.setdefault(name, asked)
            self._answer(status, {"url": f"{self.server.address}/{name}"})
        elif parts == ["api", "validate-yaml"]:
            self._answer(200, {"errors": [], "warnings": []})
        elif parts[4:5] == ["branch"]:
            self.server.files.setdefault(parts[5], {})
            self._answer(200, {})
        elif parts[4:5] == ["preupload"]:
            self._answer(200, {"files": [self._upload(f) for f in json.loads(body)["files"]]})
        elif parts[4:5] == ["commit"]:
            self._commit(parts[5], [json.loads(line) for line in body.splitlines()])
        else:
            self._answer(404, {"error": f"no {self.path}"})

    def _upload(self, file: dict[str, Any]) -> dict[str, Any]:
        return {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}

    def _commit(self, branch: str, lines: list[dict[str, Any]]) -> None:
        held = self.server.files[branch]
        for line in lines:
            value = line["value"]
            if line["key"] == "header":
                self.server.commits.append((branch, value))
            elif line["key"] == "deletedFile":
                del held[value["path"]]
            else:
                held[value["path"]] = base64.b64decode(value["content"])
        address = f"{self.server.address}/{COMMIT}"
        self._answer(200, {"success": True, "commitOid": "c" * 40, "commitUrl": address})

    def _file(self, path: str, content: bytes) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "file", "path": path, "rfilename": path}
        found |= {"oid": "b" * 40, "size": len(content)}
        if path.endswith(".safetensors"):
            digest = hashlib.sha256(content).hexdigest()
            lfs = {"sha256": digest, "oid": digest, "size": len(content)}
            found["lfs"] = {**lfs, "pointerSize": 134}
        return found

    def _info(self, name: str, branch: str) -> None:
        siblings = [self._file(*item) for item in self.server.files[branch].items()]
        self._answer(200, {"id": name, "modelId": name, "sha": "a" * 40, "siblings": siblings})

    def _answer(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub of this test alone, and a token for it."""
    from huggingface_hub import constants

    server = Hub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    # What HF_ENDPOINT sets; the client reads that once, when it is imported.
    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A copy of the published board: its adapter is trained, evaluated and finished."""
    shutil.copytree(BOARD / "results", tmp_path / "board" / "results")
    return tmp_path / "board"


@pytest.fixture
def entry(board: Path) -> Entry:
    """The adapted model's entry in that copy."""
    return next(found for found in finished_entries(board) if found.name == NAME)


@pytest.fixture
def push(board: Path, capsys: pytest.CaptureFixture[str]) -> Push:
    """Types a command; gives its exit code and all that it printed."""

    def run(*arguments: str, model: str = NAME) -> tuple[int, str]:
        with pytest.raises(SystemExit) as stop:
            main(["push", model, "--from", str(board), "--to", "someone/heart", *arguments])
        printed = capsys.readouterr()
        return int(stop.value.code or 0), printed.out + printed.err

    return run


def test_an_adapter_is_published_in_one_commit(hub: Hub, push: Push, entry: Entry) -> None:
    """Every file of the adapter, byte for byte, and a card under the new name."""
    assert push("--private") == (0, f"Published: {hub.address}/{COMMIT}\n")
    assert hub.repositories["someone/heart"]["visibility"] == "private"
    ((branch, header),) = hub.commits
    assert (branch, NAME in header["summary"]) == ("main", True)
    folder = entry.adapter_folder
    local = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    sent = hub.files["main"]
    assert sent.keys() == local.keys()
    for name, path in local.items():
        assert name == "README.md" or sent[name] == path.read_bytes()
    card = sent["README.md"].decode()
    assert 'SentenceTransformer("someone/heart")' in card
    assert "# someone/heart" in card


def test_the_card_says_what_it_is_made_of_how_well_it_does_and_its_limits(
    hub: Hub, push: Push, entry: Entry
) -> None:
    """Scores are the board's own, with intervals; licences name base model and sources."""
    from huggingface_hub import ModelCard

    from cardiobench.statistics.estimates import estimate

    push()
    card = hub.files["main"]["README.md"].decode().replace("\\", "")
    tasks = entry.manifest().data
    for task in tasks:
        found = estimate(entry.items(task))
        (row,) = [line for line in card.splitlines() if line.startswith(f"| {task} ")]
        assert f"{found.value:.3f}" in row
        assert f"[{found.low:.3f}, {found.high:.3f}]" in row
    for needed in (
        "Base model: apache-2.0",
        "https://hpo.jax.org/app/license",
        "National Center for Health Statistics",
        "not for clinical decisions",
        "| learning_rate ",
    ):
        assert needed in card
    data = ModelCard(card).data
    assert (data.license, data.model_name) == ("apache-2.0", "someone/heart")
    assert len(data.eval_results) >= len(tasks)


def test_pushing_the_same_again_is_no_mistake_but_other_content_is_kept(
    hub: Hub, push: Push
) -> None:
    """What stands there is replaced only with --overwrite, and then none of it is left."""
    assert push()[0] == 0
    assert push()[0] == 0
    hub.files["main"] = {WEIGHTS: b"another model", "own-notes.txt": b"mine"}
    code, said = push()
    assert code == 2
    assert "already holds something else: adapter_model.safetensors, own-notes.txt" in said
    assert "--overwrite" in said
    assert hub.files["main"] == {WEIGHTS: b"another model", "own-notes.txt": b"mine"}
    assert push("--overwrite")[0] == 0
    assert "own-notes.txt" not in hub.files["main"]
    assert len(hub.files["main"][WEIGHTS]) > 1000


def test_a_branch_is_made_and_main_is_left_alone(hub: Hub, push: Push) -> None:
    """--branch."""
    hub.files["main"] = {WEIGHTS: b"another model"}
    assert push("--branch", "second")[0] == 0
    assert len(hub.files["second"][WEIGHTS]) > 1000
    assert hub.files["main"] == {WEIGHTS: b"another model"}


def test_a_dry_run_shows_the_files_and_sends_nothing(hub: Hub, push: Push) -> None:
    """Names and sizes."""
    code, said = push("--dry-run")
    assert (code, hub.repositories, hub.commits) == (0, {}, [])
    assert "593,072  adapter_model.safetensors" in said
    assert "Nothing was sent" in said


def test_an_entry_is_also_found_by_its_folder(push: Push, entry: Entry) -> None:
    """The entry's own folder, or the adapter's inside it."""
    for folder in (entry.folder, entry.adapter_folder):
        assert push("--dry-run", model=str(folder))[0] == 0


def _unfinished(entry: Entry) -> None:
    entry.manifest_path.unlink()


def _damaged(entry: Entry) -> None:
    with (entry.adapter_folder / WEIGHTS).open("r+b") as stream:
        stream.seek(1000)
        stream.write(b"damage")


def _empty(entry: Entry) -> None:
    (entry.adapter_folder / WEIGHTS).unlink()


def _licensed(licence: str) -> Callable[[Entry], None]:
    def change(entry: Entry) -> None:
        manifest = read_json(entry.manifest_path)
        manifest["model"]["licence"] = licence
        write_json(entry.manifest_path, manifest)

    return change


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_unfinished, "is unfinished: it has no manifest. Type the `cardiobench run`"),
        (_damaged, "is damaged: its sha256 is"),
        (_empty, "holds no weights"),
        (_licensed("gemma"), "--accept-licence gemma"),
        (_licensed("cc-by-nc-nd-4.0"), "forbids passing on derivatives"),
        (_licensed("unknown"), "is not known"),
    ],
)
def test_what_may_not_be_published_is_refused_before_anything_is_sent(
    spoil: Callable[[Entry], None], message: str, hub: Hub, push: Push, entry: Entry
) -> None:
    """One line that says why and what to do; exit code 2."""
    spoil(entry)
    code, said = push(model=str(entry.folder))
    assert (code, hub.repositories) == (2, {})
    assert message in said
    assert len(said.strip().splitlines()) == 1


def test_conditions_of_a_licence_can_be_confirmed(push: Push, entry: Entry) -> None:
    """By naming that licence, not another; a ban stays a ban."""
    _licensed("gemma")(entry)
    assert push("--dry-run", "--accept-licence", "llama3")[0] == 2
    assert push("--dry-run", "--accept-licence", "gemma")[0] == 0
    _licensed("cc-by-nd-4.0")(entry)
    assert push("--dry-run", "--accept-licence", "cc-by-nd-4.0")[0] == 2


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("cardiobench/minilm-quick-seed9", "Did you mean 'cardiobench/minilm-quick-seed"),
        ("cardiobench/baseline-tfidf", "is a baseline row and has nothing to publish"),
        (".", "is not the folder of an entry"),
    ],
)
def test_a_model_that_cannot_be_meant_is_told(model: str, message: str, push: Push) -> None:
    """One line; exit code 2."""
    code, said = push(model=model)
    assert code == 2
    assert message in said


def test_token_refusal_and_network_errors_say_what_to_type(
    hub: Hub, push: Push, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """User's mistakes exit with 2, the Hub's failures with 1; never a traceback."""
    from huggingface_hub import constants

    for status, code, message in ((401, 2, "hf auth login"), (400, 1, "refused by the test")):
        hub.refuse_with = status
        found, said = push()
        assert (found, len(said.strip().splitlines())) == (code, 1)
        assert message in said
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    code, said = push()
    assert (code, "is out of reach; nothing was published" in said) == (1, True)
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    code, said = push()
    assert (code, "not logged in to the Hub. Type: hf auth login" in said) == (2, True)


def test_cards_name_no_folder_of_this_machine(entry: Entry) -> None:
    """Of a file of one's own pairs only the name is told."""
    from cardiobench.plugins.registry import load_plugins
    from cardiobench.sharing.model_card import adapter_card

    training = entry.manifest().training
    assert training is not None
    own = "/home/someone/hospital/own.jsonl"
    recipe = {**training.recipe, "pairs_files": [own]}
    audit = {**training.audit, "by_source": {own: 7}}
    card = adapter_card(
        NAME,
        load_plugins().architecture("minilm"),
        training.model_copy(update={"recipe": recipe, "audit": audit}),
    )
    assert "hospital" not in card
    assert card.count("own.jsonl") == 3
