"""What a version stored, armed, started and sent, kept as files that every later version reads."""
