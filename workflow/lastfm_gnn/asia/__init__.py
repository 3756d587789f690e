"""LastFM Asia's users: folds, networks, and models of their regions and artists."""
