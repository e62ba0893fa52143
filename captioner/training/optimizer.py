"""A stage's optimizer, with its learning rate schedule."""

import keras

from captioner.errors import ModelError
from captioner.networks.presets import Preset

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


def optimizer_of(preset: Preset, learning_rate: float, steps: int) -> keras.optimizers.Optimizer:
    """The preset's optimizer: the learning rate warms up to its peak, then falls to zero along a cosine.

    Args:
        learning_rate: the peak.
        steps: in the whole stage, including the warm-up.

    Raises:
        ModelError: the preset names an unknown optimizer.
    """
    if preset.optimizer not in OPTIMIZERS:
        raise ModelError(f"Unknown optimizer {preset.optimizer!r}; known: {', '.join(OPTIMIZERS)}.")
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(steps - preset.warmup_steps, 1), warmup_target=learning_rate, warmup_steps=preset.warmup_steps
    )
    return OPTIMIZERS[preset.optimizer](
        schedule, weight_decay=preset.weight_decay or None, global_clipnorm=preset.clip_norm or None
    )
