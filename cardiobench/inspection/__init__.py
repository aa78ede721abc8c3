"""A look at single items: what a model gets wrong, and where two models differ."""
