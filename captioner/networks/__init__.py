"""Encoders and decoders, the presets that combine them, and the code that builds networks from a preset."""
