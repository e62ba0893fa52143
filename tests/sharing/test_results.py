"""Shared results: kept small and without where a photo was taken, found again, gone when they should be."""

import io
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from ui.sharing import results
from ui.sharing.result_card import WIDTH, result_card, wrapped
from ui.sharing.results import Kept, ResultError, Results

CONTENT = {"model": "tiny", "captions": [{"kind": "greedy", "text": "a dog, größer als 🐕"}]}
DAY = 86_400


@pytest.fixture
def store(tmp_path):
    return Results(tmp_path / "new" / "results.sqlite")


@pytest.fixture
def clock(monkeypatch):
    """The store's time, to go on."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(results.time, "time", lambda: now[0])
    monkeypatch.setattr(results, "elapsed", lambda: now[0])
    return now


def noise(width: int = 300, height: int = 200, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def test_a_result_is_found_after_a_restart(store):
    kept = store.keep(noise(), CONTENT)
    found = Results(store.file).find(kept.id)
    assert found.id == kept.id and found.content == CONTENT
    assert Image.open(io.BytesIO(found.picture)).size == (300, 200)
    assert len(kept.id) == 16 and kept.id != store.keep(noise(), CONTENT).id


def test_a_picture_is_kept_small_and_without_what_its_file_says(store, tmp_path):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 29.0)}  # the GPS block
    exif[0x010F] = "SecretCamera"
    noise(2000, 500).save(tmp_path / "photo.jpg", exif=exif, comment=b"SecretComment", icc_profile=b"SecretProfile")
    with Image.open(tmp_path / "photo.jpg") as picture:
        found = store.find(store.keep(picture, CONTENT).id)
    with Image.open(io.BytesIO(found.picture)) as small:
        assert small.format == "JPEG" and small.size == (1024, 256) and not small.getexif()
    assert b"Secret" not in found.picture and b"Exif" not in found.picture


def test_only_its_owner_reads_the_file(store):
    store.keep(noise(), CONTENT)
    assert stat.S_IMODE(os.stat(store.file).st_mode) == 0o600


def test_a_result_is_deleted_by_its_token_alone_and_for_good(store):
    mine, other = store.keep(noise(), CONTENT), store.keep(noise(), CONTENT)
    pixels = store.find(mine.id).picture[-200:]
    for id, token in (mine.id, other.token), (mine.id, ""), ("", mine.token), (mine.id, "\ud800"):
        with pytest.raises(ResultError, match="was not deleted"):
            store.delete(id, token)
    assert store.find(mine.id)
    store.delete(other.id, other.token)
    store.delete(mine.id, mine.token)
    with pytest.raises(ResultError, match="not found"):
        store.find(mine.id)
    with pytest.raises(ResultError, match="gone"):
        store.delete(mine.id, mine.token)
    for file in store.file.parent.iterdir():
        assert pixels not in file.read_bytes(), file.name


def test_a_token_cannot_be_read_from_the_file(store):
    kept = store.keep(noise(), CONTENT)
    assert not any(kept.token.encode() in file.read_bytes() for file in store.file.parent.iterdir())


def test_a_result_expires(clock, store):
    kept = store.keep(noise(), CONTENT)
    assert store.find(kept.id).until == clock[0] + 30 * DAY
    clock[0] += 30 * DAY - 1
    assert store.find(kept.id)
    clock[0] += 1
    with pytest.raises(ResultError, match="older than 30 days"):
        store.find(kept.id)
    store.keep(noise(), CONTENT)
    with sqlite3.connect(store.file) as connection:
        assert connection.execute("SELECT COUNT(*) FROM results").fetchone() == (1,)


def test_a_clock_that_is_set_forward_takes_no_result_away(store, monkeypatch):
    kept = store.keep(noise(), CONTENT)
    monkeypatch.setattr(results.time, "time", lambda: 4_000_000_000.0)
    assert store.find(kept.id)
    later = store.keep(noise(), CONTENT)
    monkeypatch.undo()
    assert store.find(kept.id) and store.find(later.id)


def test_where_the_clock_was_set_back_the_newest_result_is_still_the_last_to_go(tmp_path, clock):
    one = len(results.preview_jpeg(noise())) + 200
    store = Results(tmp_path / "results.sqlite", megabytes=2 * one / 1_000_000)
    kept = []
    for seed in range(4):
        clock[0] -= 400 * DAY
        kept.append(store.keep(noise(seed=seed), CONTENT).id)
        assert store.find(kept[-1])
    assert store.find(kept[-2])
    with pytest.raises(ResultError):
        store.find(kept[0])


def test_the_oldest_give_way_when_there_is_no_room(tmp_path, clock):
    one = len(results.preview_jpeg(noise())) + 200
    store = Results(tmp_path / "results.sqlite", megabytes=3 * one / 1_000_000)
    kept = []
    for seed in range(5):
        clock[0] += 1
        kept.append(store.keep(noise(seed=seed), CONTENT).id)
    for gone in kept[:2]:
        with pytest.raises(ResultError):
            store.find(gone)
    assert all(store.find(there) for there in kept[2:])
    assert store.file.stat().st_size < 6 * one


@pytest.mark.parametrize(
    "id",
    [
        "",
        "x",
        "' OR 1=1 --",
        "../../etc/passwd",
        "a" * 10**6,
        "\ud800" * 16,
        "%00" * 4,
        "\0" * 16,
        "ö" * 16,
        "${alert(1)}<img>!",
    ],
)
def test_a_strangers_id_finds_nothing(store, id):
    store.keep(noise(), CONTENT)
    with pytest.raises(ResultError, match="not found") as error:
        store.find(id)
    assert len(str(error.value)) < 120
    with pytest.raises(ResultError):
        store.delete(id, "x")


def test_many_at_a_time_from_the_first_moment(store):
    with ThreadPoolExecutor(16) as pool:
        kept = list(pool.map(lambda seed: store.keep(noise(40, 30, seed), {"seed": seed}), range(64)))
        found = list(pool.map(lambda one: store.find(one.id).content["seed"], kept))
        list(pool.map(lambda one: store.delete(*one), kept[::2]))
    assert found == list(range(64))
    with sqlite3.connect(store.file) as connection:
        assert connection.execute("SELECT COUNT(*) FROM results").fetchone() == (32,)


@pytest.mark.parametrize("spoil", ["damaged", "newer", "folder"])
def test_a_file_that_cannot_be_used_is_left_alone_and_named_to_nobody(store, spoil):
    if spoil == "folder":
        store.file.mkdir(parents=True)
    else:
        store.file.parent.mkdir()
    if spoil == "damaged":
        store.file.write_bytes(b"no database " * 1000)
    if spoil == "newer":
        with sqlite3.connect(store.file) as connection:
            connection.execute("PRAGMA user_version=99")
    before = None if spoil == "folder" else store.file.read_bytes()
    for attempt in (
        lambda: store.keep(noise(), CONTENT),
        lambda: store.find("a" * 16),
        lambda: store.delete(*Kept("a" * 16, "b")),
    ):
        with pytest.raises(ResultError, match="cannot be reached right now") as error:
            attempt()
        assert str(store.file) not in str(error.value)
    assert before is None or store.file.read_bytes() == before


@pytest.mark.parametrize("size", [(1600, 400), (30, 900), (1, 1)])
def test_a_result_card_holds_the_photo_and_all_of_the_caption(size):
    text = "a dog " * 20 + "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihung " * 2
    with Image.open(io.BytesIO(result_card(Image.new("RGB", size, "red"), text, "a model"))) as card:
        assert card.format == "PNG" and card.width == WIDTH and not card.getexif()
        colours = np.asarray(card.convert("RGB"))
    assert (colours == (255, 0, 0)).all(axis=-1).any()
    assert (colours[:, :20] == 255).all() and (colours[:, -20:] == 255).all()  # nothing runs over the edge


def test_a_caption_is_wrapped_between_words_and_a_giant_word_within():
    from ui.sharing.result_card import _font

    text = "one two three " + "x" * 200
    lines = wrapped(text, _font(44), 500)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(_font(44).getlength(line) <= 500 for line in lines)
    assert wrapped("", _font(44), 500) == [""]
