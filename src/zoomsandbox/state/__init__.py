"""The state file: everything acknowledged survives restarts, also of a process that was killed."""
