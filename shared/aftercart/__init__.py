"""Aftercart: what a shop says to a customer after the sale."""
