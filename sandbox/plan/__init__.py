"""`aftercart plan`: what a change of `journeys/` does to those who are on their way already."""
