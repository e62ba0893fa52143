"""Caption many pictures at once: as a table, as JSON Lines, or inside copies of the pictures."""
