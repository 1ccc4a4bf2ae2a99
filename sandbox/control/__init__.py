"""The control API: what may be asked of a sandbox, and done to it."""
