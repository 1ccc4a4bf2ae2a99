"""Every fault at every call of every flow."""
