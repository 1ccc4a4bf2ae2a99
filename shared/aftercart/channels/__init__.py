"""A file per provider: verify, send, read a receipt, read a reply."""
