"""Issues links: one request, one meeting, one join link."""
