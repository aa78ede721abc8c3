"""The sweeps that CardioBench ships, as TOML files."""
