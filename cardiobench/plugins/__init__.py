"""What a plugin may supply, and finding plugins."""
