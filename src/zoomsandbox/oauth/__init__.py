"""The token endpoint: client apps, access tokens, revocation."""
