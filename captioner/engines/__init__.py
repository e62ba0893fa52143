"""Who computes features and steps: Keras, the reference, or LiteRT, which serves a model folder's export.

Each engine is imported where it is used: the one of LiteRT brings no Keras and no TensorFlow along.
"""

from captioner.engines.engine import Engine

__all__ = ["Engine"]
