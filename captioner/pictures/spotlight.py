"""Pictures that explain a caption: where in the photo the model looked for a word."""

import numpy as np
from PIL import Image

SHADE = 200  # alpha of the places the model did not look at: dark, yet still to be recognised
GRAIN = 8  # pixels a region: enough for soft edges once the mask is stretched over the photo


def spotlight(attention: np.ndarray) -> Image.Image:
    """Turn an attention map [height, width] into a small black RGBA mask, clear where the model looked most."""
    strength = attention / max(attention.max(), 1e-9)
    shade = Image.fromarray(np.uint8(SHADE * (1 - strength)))
    shade = shade.resize((shade.width * GRAIN, shade.height * GRAIN), Image.Resampling.BICUBIC)
    mask = Image.new("RGBA", shade.size, "black")
    mask.putalpha(shade)
    return mask
