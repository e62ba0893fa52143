"""What a picture may take is told in seconds of a known processor: a slow one may take longer, and reads as much."""

import pytest
from PIL import Image

from captioner.errors import ImageError
from captioner.pictures import pace, work
from captioner.pictures.images import open_image
from tests.pictures.kinds import encoded


def test_a_slower_processor_gets_more_time(monkeypatch):
    once = pace.slowness()
    monkeypatch.setattr(pace, "USUAL", pace.USUAL / 4)
    assert pace.slowness() > 2 * once
    monkeypatch.setattr(pace, "USUAL", 1)
    assert pace.slowness() == 1


def test_a_picture_is_refused_for_its_work_and_not_for_the_processor(monkeypatch):
    photo = encoded(Image.linear_gradient("L"), "PNG")
    monkeypatch.setattr(work, "SECONDS", 1e-9)
    with pytest.raises(ImageError, match="takes too long to read"):
        open_image(photo)
    monkeypatch.setattr(pace, "USUAL", 1e-12)
    assert open_image(photo).size == (256, 256)
