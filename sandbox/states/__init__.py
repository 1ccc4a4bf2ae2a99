"""Step Functions on virtual time."""
