"""Models of the artists that users like, one per file: probabilities (rows, A) from what others like."""
