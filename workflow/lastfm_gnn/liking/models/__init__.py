"""One model of liking scores a file: fit(problem, seed, ...) -> Fitted (problem.py)."""
