"""A result as one picture to send around: the photo with its caption below."""

import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

WIDTH, MARGIN, TALLEST = 1080, 48, 1080  # pixels; the tallest is the photo's
CAPTION, FOOTER = 44, 24  # font sizes
BACK, INK, QUIET, LINE = "#ffffff", "#0f172a", "#475569", "#0f766e"
MOST_LINES = 12


def result_card(picture: Image.Image, caption: str, signature: str) -> bytes:
    """The card as a PNG.

    Args:
        picture: the photo; shown whole, with white margins if it is very tall.
        caption: wrapped if it is long.
        signature: a small line below, such as the model's name.
    """
    inner = WIDTH - 2 * MARGIN
    photo = ImageOps.contain(picture.convert("RGB"), (inner, TALLEST), Image.Resampling.LANCZOS)
    lines = wrapped(caption, _font(CAPTION), inner)
    step = round(CAPTION * 1.35)
    top = MARGIN + photo.height + MARGIN * 3 // 4
    bottom = top + step * len(lines) + MARGIN // 2
    card = Image.new("RGB", (WIDTH, bottom + FOOTER + MARGIN), BACK)
    card.paste(photo, ((WIDTH - photo.width) // 2, MARGIN))
    draw = ImageDraw.Draw(card)
    for number, line in enumerate(lines):
        draw.text((MARGIN, top + number * step), line, INK, _font(CAPTION))
    draw.rectangle((MARGIN, bottom + 2, MARGIN + 4, bottom + FOOTER + 4), LINE)
    [foot, *_] = wrapped(f"Captioner · {signature}", _font(FOOTER), inner - 16)
    draw.text((MARGIN + 16, bottom), foot, QUIET, _font(FOOTER))
    buffer = io.BytesIO()
    card.save(buffer, "png")
    return buffer.getvalue()


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Break a text into lines of at most that many pixels; words that are too wide are split."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if font.getlength(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if font.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]}…"]
    return lines


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib and covers most languages."""
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf"), size)
