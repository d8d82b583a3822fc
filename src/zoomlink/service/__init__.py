"""The HTTP service: links for any client and any person. Nothing is imported before it is needed."""
