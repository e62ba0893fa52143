"""Captions and references -> figures, and how far to trust them."""
