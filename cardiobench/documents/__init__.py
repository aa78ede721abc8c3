"""The user's own documents: read, cleaned, and turned into training pairs by strategies."""
