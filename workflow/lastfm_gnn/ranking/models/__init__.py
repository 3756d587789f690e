"""One ranking model a file: scores(listens, side, league, seed, ...) (steps.py)."""
