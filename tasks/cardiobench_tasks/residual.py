"""Residual classes of a vocabulary: what they leave out defines them, not what they say."""

import re

_RESIDUAL = re.compile(
    r"\b(others?|unspecified|not specified|elsewhere|not otherwise|nos|nec|certain|ill[- ]defined"
    r"|(?:of|with) unknown|without mention|miscellaneous)\b",
    re.IGNORECASE,
)


def is_residual(text: str) -> bool:
    """Whether a name is that of a residual class.

    >>> is_residual("Intracardiac thrombosis, not elsewhere classified")
    True
    >>> is_residual("Rupture of papillary muscle")
    False
    """
    return _RESIDUAL.search(text) is not None
