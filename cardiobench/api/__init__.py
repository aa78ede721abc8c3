"""What ``import cardiobench`` offers beside plugins' names: evaluate, adapt, load_results."""
