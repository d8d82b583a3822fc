"""Faults on demand: what may go wrong between a client and Zoom, by request, by chance, or for a while."""
