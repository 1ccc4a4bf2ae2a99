"""A file per flow: a pure `decide...`, and an `on_...` that asks ports and hands the decision on."""
