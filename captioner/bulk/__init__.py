"""Many pictures -> many captions, as a table, as JSON Lines, or inside copies of the pictures."""
