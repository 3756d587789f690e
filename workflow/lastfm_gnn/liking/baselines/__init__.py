"""Trivial predictors of liking scores, one a file: fit(user, artist, liking, num_nodes, ...) -> offset and biases."""
