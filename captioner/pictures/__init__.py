"""Bytes, files and archives -> upright RGB pictures; alt text into copies of them; what is laid over them."""
