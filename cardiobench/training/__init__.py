"""From a recipe and a model to an adapter."""
