"""Openly licensed, versioned vocabularies, read from the pip packages that carry them."""
