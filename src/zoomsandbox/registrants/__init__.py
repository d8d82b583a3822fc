"""Registration: who asked to come to a meeting, and what they were answered."""
