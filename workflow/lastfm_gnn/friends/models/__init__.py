"""One model of friendships per file: scores(graph, pairs, seed, ...) -> (P,), the higher the likelier friends.

graph: training friendships; pairs (P, 2): users, of whom the second is ranked for the first.
"""
