"""What the scripts of the pipeline share."""
