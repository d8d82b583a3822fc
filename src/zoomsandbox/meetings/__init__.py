"""Meetings: create, get, list, update, delete."""
