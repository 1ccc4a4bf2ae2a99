"""A file per shop system: verify, parse."""
