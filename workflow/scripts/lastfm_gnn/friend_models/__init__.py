"""Models of friendships, one per file: scores of pairs of users from a graph that hides some friendships."""
