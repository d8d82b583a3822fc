"""The outbox's table, step by step."""
