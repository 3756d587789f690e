"""The chosen models, at work."""
