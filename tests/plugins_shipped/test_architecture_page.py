"""The page about our architectures is what they are."""

from pathlib import Path

import pytest

from cardiobench.cli.main import main

PAGE = Path(__file__).parents[2] / "docs" / "architectures.md"


def check(page: Path) -> int:
    """Exit code of `cardiobench plugins --page PAGE --check`."""
    with pytest.raises(SystemExit) as stop:
        main(["plugins", "--page", str(page), "--check"])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_the_committed_page_is_current_and_a_changed_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A count that someone edits by hand fails the check, which says what to type."""
    assert check(PAGE) == 0
    edited = tmp_path / "architectures.md"
    edited.write_text(PAGE.read_text().replace("5,898,240", "42,000,000"))
    assert check(edited) == 1
    assert f"Type: cardiobench plugins --page {edited}" in capsys.readouterr().err
