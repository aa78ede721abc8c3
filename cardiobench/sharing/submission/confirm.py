"""Independent confirmations: somebody else ran a published model and got the same."""

import datetime
from pathlib import Path

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import sha256_file
from cardiobench.foundation.machine import own_version
from cardiobench.results.confirmations import Confirmation, confirmation_path
from cardiobench.results.entry import Entry
from cardiobench.results.schema import write_record
from cardiobench.sharing.submission.published import is_equal, stated_by


def confirm(run: Entry, published: Entry, board: Path) -> Path:
    """Write beside a published entry that a run of one's own agrees with it.

    Args:
        run: the run.
        published: the entry that it agrees with.
        board: folder to write below, ``leaderboard`` in a checkout.

    Returns:
        The record.

    Raises:
        CardioBenchError: it does not agree, or the entry was never packed.
    """
    manifest = run.manifest()
    if not is_equal(manifest.data, stated_by(run), published):
        raise CardioBenchError(f"{run.name} at {run.revision} does not agree with the board.")
    if not published.submission_path.is_file():
        raise CardioBenchError(f"{published.folder} has no submission.json to refer to.")
    record = Confirmation(
        submission_sha256=sha256_file(published.submission_path),
        tasks=sorted(manifest.data),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        hardware=manifest.hardware,
        versions=manifest.versions,
        cardiobench=own_version(),
    )
    place = confirmation_path(Entry(board, run.name, run.revision), record)
    write_record(record, place)
    return place
