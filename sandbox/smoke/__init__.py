"""What `make smoke` does: a deployment that no one here wrote."""
