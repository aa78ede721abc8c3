"""The built-in plugins: one file per architecture, found by iterating this package."""
