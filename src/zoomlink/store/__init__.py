"""The one state that processes share: links, limits, the token. What it all means is decided above, in ``links``."""
