"""Which leaks a split has."""
