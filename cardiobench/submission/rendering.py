"""Whether a board can be built with an entry: what verification lets in must not break it."""

import logging
from pathlib import Path

from cardiobench.entry import Entry
from cardiobench.submission.contents import MANIFEST, Contents
from cardiobench.submission.findings import Report, shown


def check_rendering(contents: Contents, report: Report) -> None:
    """Build the pages, intervals included, of a board that holds this entry alone.

    Call it on an entry without findings: whatever fails then is in fields that only a board reads,
    such as the audit of a training.
    """
    from cardiobench.board import board_pages
    from cardiobench.leaderboard import PUBLISHED, read_row

    model = contents.manifest.model
    root: Path = contents.folder.absolute().parents[2]
    try:
        board_pages([read_row(Entry(root, model.name, model.revision), PUBLISHED)])
    except Exception as error:
        logging.getLogger(__name__).debug("no board", exc_info=True)
        said = f"no board can be built with it ({type(error).__name__}: {shown(str(error))})"
        remedy = "Its training audit, recipe or hardware is damaged. Type: cardiobench run"
        report.add(MANIFEST, said, remedy)
