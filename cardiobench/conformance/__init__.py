"""The checks of :mod:`cardiobench.testing`, by what they look at."""
