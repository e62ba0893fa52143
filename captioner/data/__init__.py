"""Captioned photos, in the layouts people have them -> examples by split, and where to get them."""
