"""What a visitor sees: the layout, a tab a file, and the events behind it."""
