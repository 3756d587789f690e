"""What the scripts of the pipeline share, one room a question: docs/architecture.md."""

import os

__version__ = "0.9.0"

# Else MLflow tells its makers over the network how it is used, from when it is imported.
os.environ.setdefault("DO_NOT_TRACK", "true")
