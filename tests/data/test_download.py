"""Downloads from a server on this machine: whole, interrupted, resumed, wrong, refused. No other network is used."""

import errno
import hashlib
import os
import random
import shutil
import socket
import sys
import types

import pytest

from captioner.data import SPLITS, download, load_examples
from captioner.data import fetch as fetching
from captioner.data.download import download_flickr8k, download_glove
from captioner.data.fetch import Source, fetch
from captioner.data.glove import read_glove
from captioner.errors import DataError
from tests.data.server import zipped

DATA = random.Random(8).randbytes(300_000)


def test_a_file_arrives_whole_and_nothing_else_is_left(server, tmp_path):
    path = tmp_path / "new" / "folder" / "data.zip"
    assert fetch(server.offer("data.zip", DATA), path) == path
    assert path.read_bytes() == DATA
    assert os.listdir(path.parent) == ["data.zip"]


def test_a_file_that_is_there_is_not_asked_for_again(server, tmp_path):
    source = server.offer("data.zip", DATA)
    for _ in range(2):
        fetch(source, tmp_path / "data.zip")
    assert len(server.asked) == 1


def test_a_broken_connection_is_continued_where_it_broke(server, tmp_path):
    server.breaks = [100_000, 50_000]
    fetch(server.offer("data.zip", DATA), tmp_path / "data.zip")
    assert (tmp_path / "data.zip").read_bytes() == DATA
    assert [start for _, start in server.asked] == [None, "bytes=100000-", "bytes=150000-"]


@pytest.mark.parametrize("size", ["true", None])
def test_a_later_run_continues_an_interrupted_one(server, tmp_path, size):
    source, path = server.offer("data.zip", DATA, size), tmp_path / "data.zip"
    server.breaks = [100_000, 0]
    with pytest.raises(DataError, match=r"connection was lost after 100,000 of 300,000 bytes.*run again"):
        fetch(source, path)
    assert os.listdir(tmp_path) == ["data.zip.part"]
    fetch(source, path)
    assert path.read_bytes() == DATA
    assert server.asked[-1][1] == "bytes=100000-"
    assert os.listdir(tmp_path) == ["data.zip"]


def test_an_interrupt_by_hand_keeps_what_arrived(server, tmp_path, monkeypatch):
    source, path = server.offer("data.zip", DATA), tmp_path / "data.zip"

    class Interrupted(fetching.tqdm):
        def update(self, n=1):
            raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "_BLOCK", 65_536)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(fetching, "tqdm", Interrupted)
        fetch(source, path)
    assert (tmp_path / "data.zip.part").read_bytes() == DATA[:65_536]
    assert not path.exists()
    fetch(source, path)
    assert path.read_bytes() == DATA
    assert server.asked[-1][1] == "bytes=65536-"


def test_a_server_that_cannot_continue_starts_over(server, tmp_path):
    server.ranges = False
    (tmp_path / "data.zip.part").write_bytes(DATA[:100_000])
    fetch(server.offer("data.zip", DATA), tmp_path / "data.zip")
    assert (tmp_path / "data.zip").read_bytes() == DATA


def test_a_server_that_always_breaks_and_cannot_continue_ends(server, tmp_path):
    server.ranges, server.breaks = False, [50_000] * 100
    with pytest.raises(DataError, match="the connection was lost"):
        fetch(server.offer("data.zip", DATA), tmp_path / "data.zip")
    assert len(server.asked) == 2


@pytest.mark.parametrize("size", ["true", None])
def test_a_part_that_is_already_everything_is_only_checked(server, tmp_path, size):
    (tmp_path / "data.zip.part").write_bytes(DATA)
    fetch(server.offer("data.zip", DATA, size), tmp_path / "data.zip")
    assert os.listdir(tmp_path) == ["data.zip"]


@pytest.mark.parametrize("stale", [b"x" * 1000, b"x" * 400_000])
@pytest.mark.parametrize("size", ["true", None])
def test_a_part_of_something_else_is_thrown_away_and_the_next_run_succeeds(server, tmp_path, stale, size):
    source, path = server.offer("data.zip", DATA, size), tmp_path / "data.zip"
    (tmp_path / "data.zip.part").write_bytes(stale)
    with pytest.raises(DataError, match="run again"):
        fetch(source, path)
    assert os.listdir(tmp_path) == []
    assert fetch(source, path).read_bytes() == DATA


def test_a_redirect_is_followed_with_the_range(server, tmp_path):
    target = server.offer("moved.zip", DATA)
    server.moved["/data.zip"] = target.url
    (tmp_path / "data.zip.part").write_bytes(DATA[:200_000])
    fetch(server.offer("data.zip", DATA), tmp_path / "data.zip")
    assert server.asked == [("/data.zip", "bytes=200000-"), ("/moved.zip", "bytes=200000-")]
    assert (tmp_path / "data.zip").read_bytes() == DATA


def test_a_wrong_hash_leaves_nothing(server, tmp_path):
    source = server.offer("data.zip", DATA, digest=f"md5:{'0' * 32}")
    with pytest.raises(DataError, match=rf"its md5 is {hashlib.md5(DATA).hexdigest()} instead of 0000"):
        fetch(source, tmp_path / "data.zip")
    assert os.listdir(tmp_path) == []


def test_a_wrong_size_is_refused_before_the_download(server, tmp_path):
    with pytest.raises(DataError, match="has 300,000 bytes, not the published 862,182,613"):
        fetch(server.offer("data.zip", DATA, size=862_182_613), tmp_path / "data.zip")
    assert os.listdir(tmp_path) == []


def test_a_wrong_file_put_there_by_hand_is_named_and_kept(server, tmp_path):
    (tmp_path / "data.zip").write_bytes(b"mine")
    with pytest.raises(DataError, match=r"data\.zip is not the published file .*4 bytes instead of 300,000.*delete it"):
        fetch(server.offer("data.zip", DATA), tmp_path / "data.zip")
    assert (tmp_path / "data.zip").read_bytes() == b"mine"
    assert not server.asked


def test_a_404_says_so_and_what_to_do(server, tmp_path):
    source = server.offer("data.zip", DATA)
    server.files.clear()
    with pytest.raises(DataError, match=r"answered 404 Not Found.*browser and save the file as .*data\.zip"):
        fetch(source, tmp_path / "data.zip")
    assert len(server.asked) == 1


def test_no_network_says_so_and_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/data.zip"
        with pytest.raises(DataError, match=r"did not arrive: .*Check the network.*browser"):
            fetch(Source(url, None, f"md5:{'0' * 32}"), tmp_path / "data.zip")
    assert os.listdir(tmp_path) == []


def test_a_server_that_falls_silent_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(fetching, "_SECONDS_WITHOUT_ANSWER", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/data.zip"
        with pytest.raises(DataError, match="timed out"):
            fetch(Source(url, None, f"md5:{'0' * 32}"), tmp_path / "data.zip")


def test_a_place_where_nothing_can_be_written_is_named(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"file.data\.zip"):
        fetch(server.offer("data.zip", DATA), tmp_path / "file" / "data.zip")


@pytest.fixture
def glove_home(server, monkeypatch):
    members = {f"glove.6B.{size}d.txt": f"dog{' 1' * size}\n" for size in download.GLOVE_DIMENSIONS}
    monkeypatch.setattr(download, "GLOVE_6B", server.offer("glove.6B.zip", zipped(members)))
    return server


def test_glove_unzips_only_the_dimension_that_is_wanted(glove_home, tmp_path):
    path = download_glove(tmp_path, 100)
    assert sorted(os.listdir(tmp_path)) == ["glove.6B.100d.txt", "glove.6B.zip"]
    assert read_glove(path, ["dog"], 100).matrix.shape == (1, 100)


def test_another_dimension_costs_no_second_download(glove_home, tmp_path):
    assert [download_glove(tmp_path, size).name for size in (50, 300, 50)] == [
        "glove.6B.50d.txt",
        "glove.6B.300d.txt",
        "glove.6B.50d.txt",
    ]
    assert len(glove_home.asked) == 1


def test_a_dimension_that_glove_does_not_have_is_refused_before_the_download(glove_home, tmp_path):
    with pytest.raises(DataError, match="choose 50, 100, 200 or 300"):
        download_glove(tmp_path, 64)
    assert not glove_home.asked


def test_a_full_disk_while_unzipping_leaves_no_half_vectors(glove_home, tmp_path, monkeypatch):
    def full(source, target, *_):
        target.write(source.read(10))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(DataError, match="No space left"):
        patch.setattr(shutil, "copyfileobj", full)
        download_glove(tmp_path)
    assert not (tmp_path / "glove.6B.50d.txt").exists()
    assert read_glove(download_glove(tmp_path), ["dog"]).found == 1


NAMES = {"train": ("one.jpg", "two.jpg"), "dev": ("three.jpg",), "test": ("four.jpg",)}


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    """A stand-in for kagglehub, with its cache: `answer` is what a download returns or raises."""
    cache = tmp_path / "cache" / "versions" / "1"
    (cache / "Images").mkdir(parents=True)
    names = [name for split in NAMES.values() for name in split]
    for name in names:
        (cache / "Images" / name).write_bytes(name.encode())
    (cache / "captions.txt").write_text("image,caption\n" + "".join(f"{name},A dog runs .\n" for name in names))
    kaggle = types.ModuleType("kagglehub")
    kaggle.answer, kaggle.asked = cache, []

    def dataset_download(handle):
        kaggle.asked.append(handle)
        if isinstance(kaggle.answer, Exception):
            raise kaggle.answer
        return str(kaggle.answer)

    kaggle.dataset_download = dataset_download
    monkeypatch.setitem(sys.modules, "kagglehub", kaggle)
    return kaggle


@pytest.fixture
def text_home(server, monkeypatch):
    """A server with Flickr8k_text.zip, laid out like the published one."""
    members = {f"Flickr_8k.{split}Images.txt": "".join(f"{name}\n" for name in NAMES[split]) for split in SPLITS}
    members |= {"Flickr8k.token.txt": "not needed", "__MACOSX/._Flickr_8k.devImages.txt": "\0"}
    monkeypatch.setattr(download, "FLICKR8K_TEXT", server.offer("Flickr8k_text.zip", zipped(members), size=None))
    return server


def test_flickr8k_lands_in_the_layout_that_the_loader_reads(text_home, kaggle, tmp_path):
    folder = download_flickr8k(tmp_path / "flickr8k")
    assert {split: tuple(e.image.name for e in load_examples(folder, split)) for split in SPLITS} == NAMES
    assert sorted(os.listdir(folder)) == [*sorted(download._SPLIT_LISTS), "Images", "captions.txt"]
    assert kaggle.asked == ["adityajn105/flickr8k"]


def test_a_second_call_fetches_nothing(text_home, kaggle, tmp_path):
    for _ in range(2):
        download_flickr8k(tmp_path / "flickr8k")
    assert len(text_home.asked) == len(kaggle.asked) == 1


def test_where_pictures_cannot_share_the_disk_space_they_are_copied(text_home, kaggle, tmp_path, monkeypatch):
    def another_disk(*_):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", another_disk)
    folder = download_flickr8k(tmp_path / "flickr8k")
    assert (folder / "Images" / "one.jpg").read_bytes() == b"one.jpg"


def test_an_interrupted_copy_is_no_picture_folder_and_is_made_anew(text_home, kaggle, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    folder = tmp_path / "flickr8k"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "link", interrupted)
        download_flickr8k(folder)
    (folder / "Images.part" / "one.jpg").write_bytes(b"half")
    assert not (folder / "Images").exists()
    download_flickr8k(folder)
    assert (folder / "Images" / "one.jpg").read_bytes() == b"one.jpg"
    assert not (folder / "Images.part").exists()


def refusal(status):
    error = OSError(f"{status} Client Error.\n\nPlease make sure you are authenticated.")
    error.response = types.SimpleNamespace(status_code=status)
    return error


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (refusal(403), r"403 Client Error\. Please [^.]*\. Make a token at https://www\.kaggle\.com/settings/api"),
        (refusal(401), r"Make a token"),
        (refusal(404), r"404 Client Error\. .*Check the network"),
        (OSError("Failed to resolve 'api.kaggle.com'"), r"Failed to resolve.* Check the network"),
        (ValueError("Invalid Kaggle credentials file"), r"Invalid Kaggle credentials file"),
    ],
)
def test_a_refusal_by_kaggle_says_what_to_do(text_home, kaggle, tmp_path, error, advice):
    kaggle.answer = error
    with pytest.raises(DataError, match=rf"{advice}.*datasets/adityajn105/flickr8k in a browser"):
        download_flickr8k(tmp_path / "flickr8k")


def test_without_kagglehub_the_message_says_how_to_get_it(text_home, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(DataError, match="pip install kagglehub"):
        download_flickr8k(tmp_path / "flickr8k")


def test_pictures_put_there_by_hand_need_no_kaggle(text_home, kaggle, tmp_path):
    shutil.copytree(kaggle.answer, tmp_path / "flickr8k")
    download_flickr8k(tmp_path / "flickr8k")
    assert not kaggle.asked


def test_a_picture_that_did_not_come_is_named(text_home, kaggle, tmp_path):
    (kaggle.answer / "Images" / "three.jpg").unlink()
    with pytest.raises(DataError, match=r"three\.jpg"):
        download_flickr8k(tmp_path / "flickr8k")


def test_a_changed_layout_at_kaggle_is_named(text_home, kaggle, tmp_path):
    (kaggle.answer / "captions.txt").unlink()
    with pytest.raises(DataError, match=r"no longer has captions\.txt"):
        download_flickr8k(tmp_path / "flickr8k")
