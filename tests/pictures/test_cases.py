"""Photos that were once lost, wrong or refused."""

import io
import threading
import time

import exiv2
import numpy as np
import pytest
from PIL import Image

from captioner.errors import ImageError
from captioner.pictures.alt_text import with_alt_text
from captioner.pictures.images import open_image
from captioner.pictures.work import turn
from tests.conftest import need


@pytest.fixture(scope="module")
def cases(data_home):
    return need(data_home / "cases")


def test_iptc_with_a_number_is_written_and_keeps_it(cases):
    written = with_alt_text((cases / "iptc-version.jpg").read_bytes(), "a dog")
    image = exiv2.ImageFactory.open(written)
    image.readMetadata()
    said = {datum.key(): datum.toString() for datum in image.iptcData()}
    assert said["Iptc.Application2.RecordVersion"] == "4" and said["Iptc.Application2.Caption"] == "a dog"


def test_five_pages_stay_five(cases):
    before = (cases / "five-pages.tif").read_bytes()
    after = with_alt_text(before, "a dog") or before
    for page in range(5):
        pages = [Image.open(io.BytesIO(each)) for each in (before, after)]
        for each in pages:
            each.seek(page)
        assert pages[0].tobytes() == pages[1].tobytes()


def test_a_gain_map_behind_other_segments_is_found_where_its_list_says(cases):
    before = (cases / "gain-map-behind-icc.jpg").read_bytes()
    after = with_alt_text(before, "a dog")
    lists = []
    for content in before, after:
        with Image.open(io.BytesIO(content)) as opened:
            base = opened.info["mpoffset"]
            lists.append([(each["Size"], each["DataOffset"], base) for each in opened._getmp()[0xB002]])
    (old_first, old_second), (first, second) = lists
    assert first[0] - old_first[0] == len(after) - len(before)
    pictures = [
        content[offset + base : offset + base + size]
        for content, (size, offset, base) in ((before, old_second), (after, second))
    ]
    assert pictures[0] == pictures[1] and pictures[0].startswith(b"\xff\xd8")
    assert after[first[0] :] == before[old_first[0] :]


def test_a_jpeg_without_its_end_is_read_as_if_it_had_one(cases):
    content = (cases / "no-eoi.jpg").read_bytes()
    whole = open_image(content + b"\xff\xd9").tobytes()
    assert open_image(content).tobytes() == whole
    for behind in bytes(1000), b"SEFT" * 30:
        assert open_image(content + behind).tobytes() == whole


@pytest.mark.parametrize("missing", [1, 2, 3, 10, 100, 1000])
@pytest.mark.parametrize("filled", [0, 1000])
def test_a_jpeg_that_is_cut_is_refused(cases, missing, filled):
    with pytest.raises(ImageError, match="damaged or incomplete"):
        open_image((cases / "no-eoi.jpg").read_bytes()[:-missing] + bytes(filled))


def test_too_many_scans_of_too_many_pixels_are_refused_from_the_header(cases):
    start = time.thread_time()
    with pytest.raises(ImageError, match=r'"many-scans\.jpg" .*layers'):
        open_image(cases / "many-scans.jpg")
    assert time.thread_time() - start < 0.5


def test_profiles_are_looked_through(cases, examples):
    cat = next(path for path in examples if path.stem == "cat")
    expected = np.asarray(open_image(cat), float)
    for name in "cat-p3.jpg", "cat-adobergb.jpg":
        assert np.abs(np.asarray(open_image(cases / name), float) - expected).mean() < 2
        opened = Image.open(cases / name)
        assert np.abs(np.asarray(open_image(opened), float) - expected).mean() < 2


def test_deep_pictures_are_as_bright_as_they_are_meant(cases):
    values = np.asarray(Image.open(cases / "grey16-trns.png"))
    opened = Image.open(cases / "grey16-trns.png")
    clear = values == opened.info["transparency"]
    seen = np.asarray(open_image(cases / "grey16-trns.png"))[..., 0]
    assert clear.any() and (seen[clear] == 255).all()
    assert np.abs(seen[~clear].astype(int) - values[~clear] // 257).max() <= 1
    stored = np.asarray(Image.open(cases / "miniswhite16.tif"))
    seen = np.asarray(open_image(cases / "miniswhite16.tif"))[..., 0]
    assert np.abs(seen.astype(int) - (65535 - stored.astype(int)) // 257).max() <= 1


def test_a_small_photo_does_not_wait_for_a_large_one(examples):
    """While the turn of the large ones is taken, small ones are read."""
    large = io.BytesIO()
    Image.new("L", (3000, 3000)).save(large, "PNG")
    opened = threading.Event()

    def read_large():
        open_image(large.getvalue())
        opened.set()

    with turn(10**9):
        waiting = threading.Thread(target=read_large)
        waiting.start()
        for path in examples:
            open_image(path)
        assert not opened.is_set()
    waiting.join()
    assert opened.is_set()


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "GIF"])
def test_the_first_frame_with_something_in_it_is_taken(kind):
    clear, red = Image.new("RGBA", (20, 20), (0, 0, 0, 0)), Image.new("RGBA", (20, 20), "red")
    file = io.BytesIO()
    clear.save(file, kind, save_all=True, append_images=[red, clear], duration=100, disposal=2 if kind == "GIF" else 1)
    assert open_image(file.getvalue()).getpixel((10, 10))[1] < 20
