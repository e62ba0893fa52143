"""What computes features and steps: Keras, the reference, or LiteRT, which runs a model folder's export.

Each engine is imported where it is used, so that LiteRT runs without Keras and TensorFlow.
"""

from captioner.engines.engine import Engine

__all__ = ["Engine"]
