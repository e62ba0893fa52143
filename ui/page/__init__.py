"""What a visitor sees: the layout, with one file per tab, and its events."""
