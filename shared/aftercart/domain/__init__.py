"""Nouns and rules. The standard library alone: no AWS, no I/O, no clock of its own."""
