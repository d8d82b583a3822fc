"""Zoom's rate limits: how many calls, how they are counted and how a call too many is refused."""
