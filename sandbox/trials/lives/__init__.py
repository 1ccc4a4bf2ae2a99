"""Lives of customers over years, and an oracle that knows what phones may show and must."""
