"""The control plane under ``/_sandbox/``: for tests and for people, nothing of Zoom."""
