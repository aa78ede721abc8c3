"""Documents: formats, cleaning, strategies, failures."""
