"""What is written is written whole, by one process at a time, or not at all."""
