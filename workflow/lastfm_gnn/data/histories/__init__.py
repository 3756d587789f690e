"""Listening histories as services and players export them: docs/usage.md lists the forms."""
