"""A step function -> captions: beam, constrained, diverse and sampled search, and one value for their settings."""
