"""The lessons' table."""
