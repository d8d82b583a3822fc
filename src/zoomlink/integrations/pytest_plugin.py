"""The pytest plugin: a local Zoom as a fixture. Loaded by every pytest run, so it imports nothing heavy."""
