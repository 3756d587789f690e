"""What is measured, and how two models are compared."""
