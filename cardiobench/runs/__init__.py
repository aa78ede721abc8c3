"""Jobs: planned, run here or by an executor, resumed; sweeps."""
