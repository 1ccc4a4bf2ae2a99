"""What `make build` does."""
