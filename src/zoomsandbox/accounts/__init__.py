"""The account as a whole: its settings, what it has locked, its tracking fields."""
