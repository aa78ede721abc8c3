"""The study's words for a separation."""

USEFUL_SEPARATION = 0.3
_TIERS = ((0.45, "high"), (0.25, "moderate"))


def tier(separation: float) -> str:
    """``high`` (0.45 or more), ``moderate`` (0.25 or more) or ``low`` (arXiv:2511.19739)."""
    return next((name for least, name in _TIERS if separation >= least), "low")
