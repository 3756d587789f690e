"""One model of liking scores a file: Settings and fit(problem, settings, seed) -> Fitted (problem.py)."""
