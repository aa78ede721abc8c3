"""``board.html``: the board as one page that sorts, filters, plots and compares."""
