"""The data sets: reading what was published, and the tables that everything else starts from."""
