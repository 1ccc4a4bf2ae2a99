"""Aftercart on one machine: the real handlers, `template.yaml`'s resources, and a clock that moves."""
