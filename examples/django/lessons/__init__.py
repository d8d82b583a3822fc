"""Lessons, and the pages on which they are booked."""
