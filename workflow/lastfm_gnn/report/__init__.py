"""The overview's charts."""
