"""What stands in for AWS: moto where it serves, our own services where it does not."""
