"""The page about recipes shows the fields as they are, and the command lists what can be named."""

from pathlib import Path

import pytest

from cardiobench.cli.main import main

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"


def recipes(*arguments: str) -> int:
    """Exit code of `cardiobench recipes ...`."""
    with pytest.raises(SystemExit) as stop:
        main(["recipes", *arguments])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_the_committed_page_is_current_and_a_changed_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A default that someone edits by hand fails the check; writing mends it and nothing else."""
    assert recipes("--page", str(PAGE), "--check") == 0
    edited = tmp_path / "recipes.md"
    edited.write_text(PAGE.read_text().replace("1 to 512", "1 to 64"))
    assert recipes("--page", str(edited), "--check") == 1
    assert f"Type: cardiobench recipes --page {edited}" in capsys.readouterr().err
    assert recipes("--page", str(edited)) == 0
    assert edited.read_text() == PAGE.read_text()


def test_a_page_without_marks_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of it is lost."""
    page = tmp_path / "notes.md"
    page.write_text("# Mine\n")
    assert recipes("--page", str(page)) == 2
    assert "has no lines" in capsys.readouterr().err
    assert page.read_text() == "# Mine\n"


def test_recipes_are_listed_with_what_differs_from_the_defaults(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Name by name; defaults are left out."""
    assert recipes() == 0
    listed = capsys.readouterr().out
    assert "paper\n  batch_size = 8\n" in listed
    assert "quick\n" in listed
    assert "rank" not in listed
