"""Liking scores on the leaderboard: splits, what is known of a pair, what is shared by models."""
