"""The recipes that CardioBench ships, one TOML file each; copy one to make your own."""
