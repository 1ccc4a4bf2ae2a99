"""From `journeys/` to what is deployed: read, checked, compiled."""
