"""Encoders and decoders, the presets that choose among them, and how a preset becomes networks."""
