"""Webhooks: what happened, told to whoever subscribed, signed and repeated as Zoom does."""
