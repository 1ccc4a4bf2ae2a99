"""Forged requests, bombs and rubbish: what knocks at the inbound doors and must not come in, or do harm."""
