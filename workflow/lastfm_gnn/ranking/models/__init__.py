"""One ranking model a file: Settings and fit(problem, settings, seed) (problem.py)."""
