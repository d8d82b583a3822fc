"""Meetings that run: a host starts them, guests join, wait, leave, and they end. Scheduling is not here."""
