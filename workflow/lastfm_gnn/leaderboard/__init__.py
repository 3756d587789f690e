"""The tables of the leaderboard."""
