"""Models of users' regions, one per file: scores of every region for every user."""
