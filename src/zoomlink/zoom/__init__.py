"""Speaks Zoom: builds requests, reads answers, decides retries. Pure: no I/O, no clock, no randomness."""
