"""An operator's way to the templates of a provider: what `journeys/` ask for, what is there, what differs."""
