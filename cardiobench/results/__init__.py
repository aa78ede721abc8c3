"""The entry on disk: what it holds, reading and writing it."""
