"""Carries out what flows ask for: the network, the clock, waiting, the token. No decisions about Zoom."""
