"""Rows, ranks, pages, figures and tables made from entries."""
