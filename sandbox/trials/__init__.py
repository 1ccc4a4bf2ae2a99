"""Suites that show the promises to hold: whatever may fail does, at every call, in every order."""
