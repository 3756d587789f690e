"""One ranking model per file: scores(listens, side, league, seed, ...) -> (U, A), the higher the sooner.

listens (U, A): plays in train. side: friends and tags, None in the league of listens. What a user has in train is
masked by the caller.
"""
