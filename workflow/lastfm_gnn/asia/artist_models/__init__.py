"""One model of the artists that users like a file: Settings and fit(problem, settings, seed) (problems.py)."""
