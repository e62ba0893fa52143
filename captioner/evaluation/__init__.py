"""Captions and references -> scores, and how far to trust them."""
