"""The study's thirteen figures, and one of ranks, from the rows of any board."""
