"""What predictions rest on."""
