"""Bugs planted in a copy of the tree, and small changes of the deciding code: the tests must notice."""
