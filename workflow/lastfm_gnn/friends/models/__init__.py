"""One model of friendships a file: Settings and fit(problem, settings, seed) (problem.py)."""
