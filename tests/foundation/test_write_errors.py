"""A file that cannot be written: one line with the remedy that helps."""

import errno
import os
from pathlib import Path

import pytest

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import write_text
from cardiobench.foundation.write_errors import write_failure


@pytest.mark.parametrize(
    ("number", "helps"),
    [
        (errno.ENOSPC, "Free some space on that disk"),
        (errno.EDQUOT, "your quota"),
        (errno.EFBIG, "ulimit -f unlimited"),
        (errno.EROFS, "writable folder (--output"),
        (errno.EACCES, "writable folder (--output"),
        (errno.ENAMETOOLONG, "shorter path"),
        (errno.ETXTBSY, "writable folder (--output"),
    ],
)
def test_each_cause_has_its_own_remedy(number: int, helps: str) -> None:
    """The line names the file and what the system says."""
    line = str(write_failure(OSError(number, os.strerror(number), "board.md")))
    assert line.startswith(f"Cannot write board.md: {os.strerror(number)}. ")
    assert helps in line
    assert ("space" in line) == (number == errno.ENOSPC)


def test_a_folder_in_a_files_place_is_to_be_moved(tmp_path: Path) -> None:
    """Free space would not help."""
    (tmp_path / "cache.json").mkdir()
    with pytest.raises(CardioBenchError, match=r"cache\.json: Is a directory\. A folder stands"):
        write_text(tmp_path / "cache.json", "x")


def test_a_file_in_a_folders_place_is_to_be_moved(tmp_path: Path) -> None:
    """As where somebody made a file of the cache's name."""
    (tmp_path / "cache").write_text("mine")
    with pytest.raises(CardioBenchError, match=r"A file stands where a folder should be"):
        write_text(tmp_path / "cache" / "x.json", "x")
