"""Damaged files of every kind; `mutate.py` beside this tries as many as one likes."""

import pytest
from PIL import Image

from captioner.pictures.alt_text import with_alt_text
from captioner.pictures.images import open_image
from tests.pictures.kinds import files
from tests.pictures.mutate import PHOTO, check, mutated


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_files_are_read_or_refused():
    outcomes = {check(name, content, write=True) for name, content in mutated(2000, seed=1)}
    assert outcomes == {"refused", "written", "beside"}


def test_every_kind_is_read_and_written_or_left():
    with Image.open(PHOTO) as picture:
        whole = files(picture.convert("RGB"))
    for name, content in whole.items():
        before = bytes(bytearray(content))
        picture = open_image(content)
        written = with_alt_text(content, "a cat")
        assert content == before, name  # Exiv2 writes into what it is given
        assert written is None or open_image(written).tobytes() == picture.tobytes(), name
        if not any(
            kind in name for kind in ("big", "gif", "bmp", "avif", "heic", "jpeg xl", "2000", "ico", "p?m", "tga")
        ):
            assert written or name in ("ppm", "plain pgm"), name
