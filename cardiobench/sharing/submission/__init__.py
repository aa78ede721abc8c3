"""Packing results for a pull request, and checking what others packed."""
