"""One model of users' regions a file: Settings and fit(problem, settings, seed) (problems.py)."""
