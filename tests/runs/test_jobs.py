"""Many jobs: what one is, where it fits, and what becomes of a run when some fail."""

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from cardiobench.cli.main import cli
from cardiobench.errors import CardioBenchError, StageError
from cardiobench.plugins.executor import ExecutorOptions, Job, JobLostError, JobOutcome, Needs
from cardiobench.runs.coordinator import ATTEMPTS, Coordinator
from cardiobench.runs.executors import build_executor
from cardiobench.runs.executors.local import LocalExecutor, Resources
from cardiobench.runs.needs import needs_of
from cardiobench.runs.plan import plan
from cardiobench.runs.record import JobRecord, JobState, records
from cardiobench.runs.view import LineView
from cardiobench.runs.worker import unpack

JOB = Job(model="minilm", tasks=("CardioNegation",))


def jobs(count: int) -> list[Job]:
    """Jobs that differ in their seed."""
    return [replace(JOB, recipe={"name": "quick"}, seed=seed) for seed in range(count)]


# --- what a job is


def test_a_job_travels_as_json_and_keeps_its_key() -> None:
    """Another machine does the same job."""
    job = replace(JOB, recipe={"name": "quick", "rank": 8}, seed=3, speed=False)
    again = Job.from_json(json.loads(json.dumps(job.to_json())))
    assert again == job
    assert again.key == job.key
    assert again.label == "minilm quick seed 3"
    assert replace(job, seed=4).key != job.key


@pytest.mark.parametrize("damage", [{"colour": "red"}, {"tasks": None}, None])
def test_a_file_that_is_no_job_is_refused(damage: dict[str, object] | None) -> None:
    """The message lists the fields and says what to type."""
    values = {**JOB.to_json(), **damage} if damage else ["minilm"]
    if isinstance(values, dict) and values["tasks"] is None:
        del values["tasks"]
    with pytest.raises(CardioBenchError, match=r"not a job of this version.*seed.*command"):
        Job.from_json(values)


def test_a_run_is_planned_as_models_by_recipes_by_seeds() -> None:
    """Every model zero-shot once, hub ids of ours under our name, foreign models zero-shot only."""
    said: list[str] = []
    planned = plan(
        models=("minilm", "BAAI/bge-small-en-v1.5", "some/model", "minilm"),
        recipes=("quick", "paper"),
        seeds=(0, 1),
        tasks=("CardioNegation",),
        say=said.append,
        speed=False,
    )
    assert [job.label for job in planned] == [
        "minilm zero-shot",
        *[f"minilm {r} seed {s}" for r in ("quick", "paper") for s in (0, 1)],
        "bge-small zero-shot",
        *[f"bge-small {r} seed {s}" for r in ("quick", "paper") for s in (0, 1)],
        "some/model zero-shot",
    ]
    assert {job.speed for job in planned} == {False}
    assert not said


def test_a_recipe_may_say_which_models_and_seeds_it_is_for(tmp_path: Path) -> None:
    """The command line goes before it; neither is part of what a training is recorded as."""
    (tmp_path / "mine.toml").write_text('models = ["bge-small", "mpnet"]\nseeds = [1, 2]\nrank = 8')
    given = {"tasks": ("CardioNegation",), "say": print, "speed": False}
    recipe = str(tmp_path / "mine.toml")

    def labels(models: tuple[str, ...], seeds: tuple[int, ...], *recipes: str) -> list[str]:
        jobs = plan(models=models, recipes=recipes, seeds=seeds, **given)  # type: ignore[arg-type]
        assert not any({"models", "seeds"} & set(job.recipe or {}) for job in jobs)
        return [job.label for job in jobs if job.recipe]

    both = [f"{model} mine seed {seed}" for model in ("bge-small", "mpnet") for seed in (1, 2)]
    assert labels((), (), recipe) == both
    assert labels((), (), recipe, "quick") == [*both, "minilm quick seed 0"]
    assert labels(("minilm",), (7,), recipe) == ["minilm mine seed 7"]
    (alone,) = plan(models=(), recipes=(), seeds=(), **given)  # type: ignore[arg-type]
    assert alone.label == "minilm zero-shot"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"models": ("minlm",)}, "Unknown architecture 'minlm'. Did you mean 'minilm'?"),
        ({"recipes": ("quik",)}, "Unknown recipe 'quik'. Did you mean 'quick'?"),
        ({"tasks": ("CardioNegatio",)}, "Unknown task 'CardioNegatio'. Did you mean"),
    ],
)
def test_mistakes_end_a_run_before_any_work(fields: dict[str, object], message: str) -> None:
    """Nothing is started when one of many names is wrong."""
    right = {"models": ("minilm",), "recipes": ("quick",), "seeds": (0,), "tasks": ()}
    with pytest.raises(CardioBenchError) as raised:
        plan(**{**right, **fields}, say=print)  # type: ignore[arg-type]
    assert message in str(raised.value)


# --- where a job fits


def test_two_models_of_four_billion_parameters_never_share_a_card() -> None:
    """Small ones do; a free card is taken before a shared one."""
    large = needs_of(Job(model="qwen3-4b", tasks=("CardioNegation",)))
    small = needs_of(JOB)
    free = Resources(slots=8, memory_bytes=2**50, free_cards={"0": 1.0, "1": 1.0})
    first = free.take(large)
    assert free.fits(small, idle=False)
    assert free.take(small) != first
    assert not free.fits(large, idle=False)
    free.give_back(large, first)
    assert free.fits(large, idle=False)
    assert [free.take(small) for _ in range(3)].count(first) >= 2


def test_memory_keeps_jobs_apart_on_a_machine_without_cards() -> None:
    """A job alone is always tried: estimates are on the high side."""
    large = needs_of(Job(model="qwen3-4b", tasks=("CardioNegation",)))
    free = Resources(slots=2, memory_bytes=2**33)
    assert large.memory_bytes > 2**33
    assert free.fits(large, idle=True)
    assert not free.fits(large, idle=False)
    assert free.fits(needs_of(JOB), idle=False)


def test_training_takes_more_than_evaluating() -> None:
    """The estimate grows with parameters, their number format, and training."""
    zero_shot = Job(model="bge-large", tasks=("CardioNegation",))
    adapted = replace(zero_shot, recipe={"name": "quick"})
    half = replace(zero_shot, precision="float16")
    assert needs_of(half).memory_bytes < needs_of(zero_shot).memory_bytes
    assert needs_of(zero_shot).memory_bytes < needs_of(adapted).memory_bytes
    assert needs_of(Job(model="some/model", tasks=())).gpu_share == 1.0


def test_cores_are_shared_out_among_jobs() -> None:
    """Threads of jobs side by side would wait for each other."""
    cores = len(os.sched_getaffinity(0))
    assert LocalExecutor(ExecutorOptions(), gpus=[]).threads == cores
    assert LocalExecutor(ExecutorOptions(jobs=cores), gpus=[]).threads == 1
    assert LocalExecutor(ExecutorOptions(), gpus=["0", "1"]).free.slots == 2


def test_an_unknown_executor_is_named_with_those_there_are() -> None:
    """With the likely one."""
    with pytest.raises(CardioBenchError, match=r"executor 'rai'. Did you mean 'ray'\?.*local, ray"):
        build_executor(ExecutorOptions(executor="rai"))


# --- what becomes of a run


class Played:
    """An executor whose jobs end as a script says; a handle too."""

    def __init__(self, script: Callable[[Job, int], JobOutcome | None], at_once: int = 2) -> None:
        self.script = script
        self.at_once = at_once
        self.started: list[int] = []
        self.live = 0
        self.most = 0
        self.closed = False

    def has_room(self, needs: Needs) -> bool:
        return self.live < self.at_once

    def start(self, job: Job, needs: Needs, output: Path) -> "PlayedHandle":
        self.started.append(job.seed)
        self.live += 1
        self.most = max(self.most, self.live)
        return PlayedHandle(self, job, self.started.count(job.seed))

    def close(self) -> None:
        self.closed = True


class PlayedHandle:
    """Ends at the second look, unless the script gives None: then never."""

    def __init__(self, executor: Played, job: Job, attempt: int) -> None:
        self.executor, self.job, self.attempt, self.looks = executor, job, attempt, 0
        self.stopped = False

    def running(self) -> bool:
        return True

    def done(self) -> bool:
        self.looks += 1
        try:
            hangs = self.executor.script(self.job, self.attempt) is None
        except CardioBenchError:
            hangs = False
        if self.looks == 2 and not hangs:
            self.executor.live -= 1
        return self.looks >= 2 and not hangs

    def outcome(self) -> JobOutcome:
        outcome = self.executor.script(self.job, self.attempt)
        assert outcome is not None
        return outcome

    def stop(self) -> None:
        self.stopped = True
        self.executor.live -= 1


GOOD = JobOutcome(entries=(("cardiobench/x", "1"),))


def coordinated(
    tmp_path: Path, script: Callable[[Job, int], JobOutcome | None], count: int, **options: float
) -> tuple[Played, dict[int, JobState]]:
    """Run jobs through a played executor; states by seed."""
    executor = Played(script)
    listed = jobs(count)
    states = Coordinator(tmp_path, executor, LineView(tmp_path), **options).run(listed)
    return executor, {job.seed: states[job.key] for job in listed}


def test_a_job_that_fails_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its reason is shown, and kept for `cardiobench status`."""

    def script(job: Job, attempt: int) -> JobOutcome:
        if job.seed == 1:
            raise StageError("the loss is not a number")
        if job.seed == 3:
            return JobOutcome(failures=("Task X cannot be loaded.",))
        return GOOD

    executor, states = coordinated(tmp_path, script, 6)
    assert [states[s].state for s in range(6)] == ["done", "failed", "done", "failed"] + [
        "done"
    ] * 2
    assert executor.started == list(range(6))
    assert executor.most == 2
    assert executor.closed
    shown = capsys.readouterr().err
    assert "Failed: minilm quick seed 1: the loss is not a number" in shown
    assert "Failed: minilm quick seed 3: Task X cannot be loaded." in shown
    kept = [record.state().why for record in records(tmp_path)]
    assert "the loss is not a number" in kept


def test_a_job_whose_worker_is_lost_is_tried_again(tmp_path: Path) -> None:
    """A few times; then it has failed, with the reason."""

    def script(job: Job, attempt: int) -> JobOutcome:
        if job.seed == 0 and attempt == 1:
            raise JobLostError("Its worker went away.")
        if job.seed == 1:
            raise JobLostError("Its node died.")
        return GOOD

    executor, states = coordinated(tmp_path, script, 3)
    assert [states[s].state for s in range(3)] == ["done", "failed", "done"]
    assert (states[0].attempts, states[1].attempts) == (2, ATTEMPTS)
    assert states[1].why == f"Its node died. It was tried {ATTEMPTS} times."
    assert executor.started.count(1) == ATTEMPTS


def test_a_job_that_hangs_is_stopped_at_the_timeout(tmp_path: Path) -> None:
    """The next one gets its place."""
    script = lambda job, attempt: None if job.seed < 2 else GOOD  # noqa: E731
    _, states = coordinated(tmp_path, script, 4, timeout_s=0.2)
    assert [states[s].state for s in range(4)] == ["failed", "failed", "done", "done"]
    assert "was stopped after" in states[0].why


def test_an_interrupted_run_stops_its_jobs_and_says_so(tmp_path: Path) -> None:
    """Nothing keeps running unseen."""

    class Interrupting(LineView):
        def watch(self, running: Sequence[Job]) -> None:
            raise KeyboardInterrupt

    executor = Played(lambda job, attempt: None)
    with pytest.raises(KeyboardInterrupt):
        Coordinator(tmp_path, executor, Interrupting(tmp_path)).run(jobs(3))
    assert executor.live == 0
    assert executor.closed
    assert [record.state().state for record in records(tmp_path)] == ["stopped"] * 3


# --- results that come back


def packed(*names: str, content: bytes = b"{}") -> bytes:
    """A tar archive of small files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def test_an_entry_that_comes_back_takes_the_place_of_an_older_one_whole(tmp_path: Path) -> None:
    """Files of the older one do not stay behind; other entries are not touched."""
    old = tmp_path / "results" / "a__b" / "1"
    other = tmp_path / "results" / "a__b" / "2" / "kept.json"
    for path in (old / "stale.json", other):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old")
    unpack(packed("results/a__b/1/new.json", "training/x/done.json"), tmp_path)
    assert [path.name for path in old.iterdir()] == ["new.json"]
    assert other.read_text() == "old"
    assert (tmp_path / "training" / "x" / "done.json").read_text() == "{}"
    assert not list(tmp_path.glob(".incoming-*"))


@pytest.mark.parametrize("archive", [packed("results/a__b/1/new.json")[:300], packed("../out")])
def test_a_damaged_archive_changes_nothing(tmp_path: Path, archive: bytes) -> None:
    """Neither does one that would write elsewhere."""
    with pytest.raises(StageError, match="came back are damaged"):
        unpack(archive, tmp_path / "output")
    assert not list((tmp_path / "output").iterdir())
    assert not (tmp_path / "out").exists()


# --- cardiobench status


def test_status_shows_each_job_and_ends_with_one_if_some_failed(tmp_path: Path) -> None:
    """A run that is gone leaves its unfinished jobs as stopped."""
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True
    )
    states = [
        JobState(state="done", seconds=120.0, pid=os.getpid()),
        JobState(state="running", started=time.time(), pid=os.getpid()),
        JobState(state="waiting", pid=os.getpid()),
        JobState(state="failed", why="out of memory", pid=os.getpid()),
        JobState(state="running", pid=int(gone.stdout)),
    ]
    for job, state in zip(jobs(5), states, strict=True):
        record = JobRecord(job.folder(tmp_path))
        record.write_job(job)
        record.write_state(state)
        record.write_progress("minilm quick: training", 30, 60)
    told = CliRunner().invoke(cli, ["status", str(tmp_path)])
    assert told.exit_code == 1
    assert (
        "5 jobs: 1 done, 1 failed, 1 running, 1 stopped, 1 waiting. About 3 min left."
        in told.output
    )
    assert "out of memory" in told.output
    assert "training, 30 of 60" in told.output
    as_json = CliRunner().invoke(cli, ["status", str(tmp_path), "--json"])
    assert [job["state"] for job in json.loads(as_json.output)] == [
        *("done", "running", "waiting", "failed", "stopped")
    ]


def test_status_of_a_folder_without_jobs_says_what_makes_them(tmp_path: Path) -> None:
    """One line, exit code 2."""
    with pytest.raises(CardioBenchError, match=r"no jobs in .*cardiobench run.*sweep"):
        cli.main(["status", str(tmp_path)], standalone_mode=False)
