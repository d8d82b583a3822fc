"""Pages for a browser: what the sandbox holds, and where a join link leads."""
