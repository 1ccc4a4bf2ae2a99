"""A module per command of `aftercart`, and what it prints."""
