"""Training pairs and the leak audit."""
