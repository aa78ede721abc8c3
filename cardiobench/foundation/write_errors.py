"""What to do about a file that cannot be written."""

import errno
import os
from pathlib import Path

from cardiobench.errors import CardioBenchError

_ELSEWHERE = "(--output for results, CARDIOBENCH_CACHE for the cache)"
_WRITABLE = f"Choose a writable folder {_ELSEWHERE}"
_REMEDIES = {
    errno.ENOSPC: f"Free some space on that disk or choose a folder on another {_ELSEWHERE}",
    errno.EDQUOT: f"Free some of your quota or choose a folder on another disk {_ELSEWHERE}",
    errno.EFBIG: "The shell limits the size of files. Type: ulimit -f unlimited",
    errno.EROFS: _WRITABLE,
    errno.EACCES: _WRITABLE,
    errno.EPERM: _WRITABLE,
    errno.EISDIR: "A folder stands where the file should be: move or delete it",
    errno.ENOTDIR: f"A file stands where a folder should be: move it, or choose another folder "
    f"{_ELSEWHERE}",
    errno.EEXIST: f"A file stands where a folder should be: move it, or choose another folder "
    f"{_ELSEWHERE}",
    errno.ENAMETOOLONG: f"Choose a folder with a shorter path {_ELSEWHERE}",
    errno.EMFILE: "Too many files are open. Type: ulimit -n 4096",
    errno.EIO: f"The disk does not work as it should; choose a folder on another {_ELSEWHERE}",
}
_ONLY_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def is_write_error(error: BaseException) -> bool:
    """Whether an error can only come of writing: a full or read-only disk, a quota or a limit."""
    return isinstance(error, OSError) and error.errno in _ONLY_OF_WRITING


def remedy(error: OSError) -> str:
    """What the user can do; a command to type has no full stop behind it."""
    text = _REMEDIES.get(error.errno or 0, _WRITABLE)
    return text if "Type: " in text else f"{text}."


def write_failure(error: OSError, path: Path | None = None) -> CardioBenchError:
    """The one line for a file that cannot be written.

    Args:
        error: what the system said.
        path: the file, where the error does not name it.
    """
    place = path or error.filename2 or error.filename
    named = os.fsdecode(place) if isinstance(place, bytes) else place or "a file"
    reason = error.strerror or str(error)
    return CardioBenchError(f"Cannot write {named}: {reason}. {remedy(error)}")
