"""Artists ranked for every user: features, candidates, second stages."""
