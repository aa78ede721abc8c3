"""From an architecture to an encoder."""
