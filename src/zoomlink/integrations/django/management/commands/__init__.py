"""One command with subcommands: zoomlink."""
