"""Trivial predictors, one a file:
Settings and fit(user, artist, liking, num_nodes, settings) -> offset and biases."""
