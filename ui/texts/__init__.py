"""The page in the visitor's language."""
