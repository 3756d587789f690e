"""Friends to be: splits, features of two users."""
