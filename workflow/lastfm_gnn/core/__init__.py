"""What knows nothing of music: programs, files, records of runs, sparse products, plotting."""
