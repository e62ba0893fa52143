"""A step function -> captions: beam, constrained, diverse and sampled search, with their settings in one value."""
