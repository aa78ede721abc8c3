"""From a model to scores, items, speed and a manifest."""
