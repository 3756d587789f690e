"""What the scripts of the pipeline share, one room a question: docs/architecture.md."""

__version__ = "0.9.0"
