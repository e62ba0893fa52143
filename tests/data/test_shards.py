"""WebDataset shards to train on, as the public tools write them, and as accidents leave them."""

import gzip
import io
import itertools
import json
import os
import random
import tarfile
import tracemalloc

import numpy as np
import pytest
import webdataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captioner import open_image
from captioner.data import SPLITS, load_examples, named
from captioner.data.readable import readable
from captioner.data.splits import drawn_split
from captioner.errors import DataError, ImageError
from tests.bulk.made import tiny
from tests.data.layouts import draw, photos, write_csv


def write_shard(path, samples):
    """A shard by WebDataset's own writer: of (key, {ending: content})."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with webdataset.TarWriter(str(path)) as writer:
        for key, parts in samples:
            writer.write({"__key__": key, **parts})
    return path


def sample(number, captions=("A wall .",)):
    return f"{number:06d}", {"jpg": tiny(number), "txt": "\n".join(captions)}


def img2dataset(number, caption):
    """A sample as img2dataset writes it, with the caption twice and with all it knows of the photo."""
    known = {"url": f"http://x.org/{number}", "caption": caption, "key": f"{number:09d}", "status": "success"}
    known |= {"error_message": None, "width": 8, "height": 8, "exif": "{}", "sha256": "0" * 64}
    content = {"jpg": tiny(number), "txt": caption or "", "json": json.dumps(known, indent=4)}
    return f"{number:09d}", content


def add(archive, name, content):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def read(place, split="all"):
    """Photo's name -> (its file's content, its captions)."""
    return {image.name: (image.read(), captions) for image, captions in load_examples(place, split)}


def refused(place, split="all"):
    with pytest.raises(DataError) as caught:
        load_examples(place, split)
    return str(caught.value)


def test_shards_by_a_brace_pattern_give_each_photo_with_its_captions(tmp_path):
    for shard in range(3):
        samples = [
            sample(number, ("A wall .", f" Wall {number}, painted .\r")) for number in (2 * shard, 2 * shard + 1)
        ]
        write_shard(tmp_path / f"{shard:03d}.tar", samples)
    expected = {f"{number:06d}.jpg": (tiny(number), ("A wall .", f"Wall {number}, painted .")) for number in range(6)}
    assert read(tmp_path / "{000..002}.tar") == expected
    assert read(tmp_path) == expected
    assert list(read(tmp_path / "{000,002}.tar")) == ["000000.jpg", "000001.jpg", "000004.jpg", "000005.jpg"]
    assert named(tmp_path / "{000..002}.tar", "train") == tmp_path.name


def test_shards_as_img2dataset_writes_them_with_its_tables_beside(tmp_path, capsys):
    written = [img2dataset(0, "A tree ."), img2dataset(1, None), img2dataset(2, "Two trees .")]
    write_shard(tmp_path / "00000.tar", written)
    (tmp_path / "00000.parquet").write_bytes(b"PAR1")
    (tmp_path / "00000_stats.json").write_text("{}")
    assert read(tmp_path) == {"000000000.jpg": (tiny(0), ("A tree .",)), "000000002.jpg": (tiny(2), ("Two trees .",))}
    assert f"{tmp_path / '00000.tar'}: 000000001.jpg left out, without a caption." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "captions"),
    [
        ({"caption": "A dog ."}, ("A dog .",)),
        ({"captions": ["A dog .", "A pup .", "A dog ."]}, ("A dog .", "A pup .")),
        ({"captions": "A dog ."}, ("A dog .",)),
        ({"caption": None, "captions": ["A dog ."]}, ("A dog .",)),
    ],
)
def test_captions_in_json(tmp_path, said, captions):
    write_shard(tmp_path / "a.tar", [("0", {"jpg": tiny(0), "json": said})])
    assert read(tmp_path / "a.tar") == {"0.jpg": (tiny(0), captions)}


FRESH = itertools.count()  # names of tars: one of the same size may be written in the same moment as the one before
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/."), min_size=1, max_size=90)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=5, unique=True),
    form=st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    seed=st.integers(0, 9),
)
def test_names_of_any_length_in_any_order_and_any_tar(tmp_path, names, form, seed):
    members = {}
    for number, (folder, name) in enumerate(names):
        key = f"{folder}/{name}.v{number}" if form == tarfile.USTAR_FORMAT else f"./{folder * 3}/{name * 3}.v{number}"
        members |= {f"{key}.JPG": tiny(number), f"{key}.txt": f"Photo {number} ,\u2028seen .".encode()}
    tar = tmp_path / f"{next(FRESH)}.tar"
    mixed = random.Random(seed).sample(sorted(members), len(members))
    try:
        with tarfile.open(tar, "w", format=form) as archive:
            for name in mixed:
                add(archive, name, members[name])
    except ValueError:
        return  # a name that is too long for this kind of tar
    found = {captions: image.read() for image, captions in load_examples(tar, "all")}
    assert found == {(f"Photo {number} ,\u2028seen .",): tiny(number) for number in range(len(names))}


def test_a_name_of_any_bytes_has_a_split_and_a_photo(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for number, name in enumerate(["\udcff", "caf\udce9"]):  # as Python has bytes that are not UTF-8
            add(archive, f"{name}.jpg", tiny(number))
            add(archive, f"{name}.txt", b"A wall .")
    both = read(tmp_path / "a.tar")
    assert both == {"\udcff.jpg": (tiny(0), ("A wall .",)), "caf\udce9.jpg": (tiny(1), ("A wall .",))}
    assert sum(drawn_split(name) in SPLITS for name in both) == 2


def test_what_systems_and_tools_leave_in_a_tar_is_passed_over(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        folder = tarfile.TarInfo("shard")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in {
            "shard/._0.jpg": b"\0\5\x16\7",
            "shard/._0.txt": b"\xff",
            "shard/0.jpg": tiny(0),
            "shard/0.txt": b"A wall .",
            "shard/0.cls": b"3",
            "shard/0.npy": b"\x93NUMPY",
            "shard/info.json": b"{}",
            "jpg": b"",
            "txt": b"\xff",
        }.items():
            add(archive, name, content)
    assert read(tmp_path / "a.tar") == {"0.jpg": (tiny(0), ("A wall .",))}


def test_a_photo_is_read_from_its_place_and_no_other_byte_is(tmp_path):
    tar = write_shard(tmp_path / "a.tar", [sample(number) for number in range(20)])
    images = [image for image, _ in load_examples(tar, "all")]
    content = bytearray(tar.read_bytes())
    kept = images[7]
    content[: kept.start] = bytes(kept.start)
    content[kept.start + kept.size :] = bytes(len(content) - kept.start - kept.size)
    tar.write_bytes(content)
    np.testing.assert_array_equal(np.asarray(open_image(kept)), np.asarray(open_image(tiny(7))))


def test_a_tar_larger_than_the_memory_is_found_by_its_headers(tmp_path):
    tar, large = tmp_path / "large.tar", tarfile.TarInfo("0.jpg")
    large.size = 2**33  # a hole in the file, which takes no room
    with tar.open("wb") as file:
        file.write(large.tobuf(tarfile.GNU_FORMAT))
        file.seek(large.size, os.SEEK_CUR)
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, content in {"0.txt": b"A wall .", "1.jpg": tiny(1), "1.txt": b"Another wall ."}.items():
                add(archive, name, content)
    tracemalloc.start()
    found = load_examples(tar, "all")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [example.image.size for example in found] == [2**33, len(tiny(1))] and peak < 1_000_000
    assert found[1].image.read() == tiny(1)


def test_a_tar_is_gone_over_once_for_all_splits_and_again_once_it_has_changed(tmp_path, monkeypatch):
    tar = write_shard(tmp_path / "a.tar", [sample(number) for number in range(40)])
    opened = []
    real = tarfile.open
    monkeypatch.setattr(tarfile, "open", lambda *given, **options: opened.append(given) or real(*given, **options))
    drawn = {split: read(tar, split) for split in SPLITS}
    assert len(opened) == 1 and sum(map(len, drawn.values())) == 40
    monkeypatch.undo()
    write_shard(tar, [sample(50)])
    assert list(read(tar)) == ["000050.jpg"]


# Splits


def test_splits_are_in_the_names_of_the_tars(tmp_path):
    given_names = {"train-0000": "train", "coco-train-0001": "train", "val-0000": "dev", "dev-0001": "dev"}
    given_names |= {"test-0000": "test", "validation/0000": "dev", "testing/7": "test"}
    for number, name in enumerate(given_names):
        write_shard(tmp_path / f"{name}.tar", [sample(number)])
    for split in SPLITS:
        expected = [f"{number:06d}.jpg" for number, said in enumerate(given_names.values()) if said == split]
        assert sorted(read(tmp_path, split)) == expected
    assert list(read(tmp_path / "{train,val}-0000.tar", "dev")) == ["000002.jpg"]
    assert len(read(f"{tmp_path}:train", "train")) == len(given_names)
    assert "Name a shard for it, such as dev-0000.tar" in refused(tmp_path / "train-0000.tar", "dev")


def test_a_split_of_some_shards_but_not_of_all_is_refused(tmp_path):
    for name in ("train-0", "val-0", "rest-0"):
        write_shard(tmp_path / f"{name}.tar", [sample(0)])
    assert "rest-0.tar is not named after a split" in refused(tmp_path, "train")
    assert load_examples(f"{tmp_path}:train", "train") == load_examples(tmp_path, "all")


def test_other_shards_are_drawn_as_photos_in_a_folder_are(tmp_path, capsys):
    tar = write_shard(tmp_path / "a.tar", [sample(number) for number in range(60)])
    for split in SPLITS:
        assert list(read(tar, split)) == [name for name in read(tar) if drawn_split(name) == split]
    assert f"{tar} has no split lists: " in capsys.readouterr().err
    assert len(read(f"{tar}:dev", "dev")) == 60


def test_a_tar_beside_a_table_is_what_its_photos_came_in(tmp_path):
    said = photos(3)
    draw(tmp_path / "photos", said)
    write_csv(tmp_path / "captions.csv", said)
    with tarfile.open(tmp_path / "train.tar", "w") as archive:
        archive.add(tmp_path / "photos", "photos")
    assert [example.image for example in load_examples(tmp_path, "all")] == [
        tmp_path / "photos" / name for name in said
    ]


def test_a_shard_given_twice_is_refused(tmp_path):
    write_shard(tmp_path / "1.tar", [sample(1)])
    assert "given twice" in refused([tmp_path / "{0..2}.tar", tmp_path / "1.tar:dev"])
    assert "given twice" in refused([tmp_path / "{0..2}.tar", tmp_path / "{2..3}.tar"])


# What is broken


def test_a_broken_photo_is_named_with_its_shard_and_left_out_if_asked(tmp_path, capsys):
    samples = [sample(0), ("000001", {"jpg": tiny(1)[:200], "txt": "A wall ."}), sample(2)]
    samples += [("000003", {"jpg": b"", "txt": "A wall ."}), ("000004", {"png": b"no photo", "txt": "A wall ."})]
    found = load_examples(write_shard(tmp_path / "a.tar", samples), "all")
    for broken in (1, 3, 4):
        with pytest.raises(ImageError, match=rf'"a.tar/00000{broken}\.(jpg|png)"'):
            open_image(found[broken].image)
    assert readable(found) == [found[0], found[2]]
    assert capsys.readouterr().err.count('left out: "a.tar/00000') == 3


def test_a_tar_that_goes_while_its_photos_are_read_is_said(tmp_path):
    tar = write_shard(tmp_path / "a.tar", [sample(0), sample(1)])
    [_, (image, _)] = load_examples(tar, "all")
    tar.write_bytes(tar.read_bytes()[: image.start + 5])
    with pytest.raises(ImageError, match=r'"a\.tar/000001\.jpg" cannot be read: the tar is gone or was changed'):
        open_image(image)
    tar.unlink()
    with pytest.raises(ImageError, match=r'"a\.tar/000001\.jpg" cannot be read: the tar is gone or was changed'):
        open_image(image)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A tar, and where its last member ends."""
    tar = write_shard(tmp_path_factory.mktemp("whole") / "a.tar", [sample(number) for number in range(4)])
    with tarfile.open(tar) as archive:
        return tar.read_bytes(), archive.getmembers()[-1].offset_data + tarfile.BLOCKSIZE


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_tar_cut_anywhere_is_refused_and_never_read_in_part(tmp_path, whole, data):
    content, end = whole
    cut = data.draw(st.one_of(st.integers(0, end), st.integers(0, end // 512).map(lambda block: 512 * block)))
    tar = tmp_path / f"{next(FRESH)}.tar"
    tar.write_bytes(content[:cut])
    assert f"{tar} is damaged or cut short" in refused(tar)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_spoiled_bytes_anywhere_are_an_error_of_our_own_or_a_spoiled_photo(tmp_path, whole, data):
    content, end = whole
    spoiled = bytearray(content)
    for place in data.draw(st.lists(st.integers(0, end), min_size=1, max_size=20)):
        spoiled[place] = data.draw(st.integers(0, 255))
    tar = tmp_path / f"{next(FRESH)}.tar"
    tar.write_bytes(spoiled)
    try:
        examples = load_examples(tar, "all")
    except DataError as error:
        assert str(tar) in str(error)
    else:
        assert readable(examples) is not None


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "a.tar"])
def test_a_compressed_tar_is_refused_with_the_reason(tmp_path, name):
    content = write_shard(tmp_path / "plain" / "b.tar", [sample(0)]).read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(content))
    said = refused(tmp_path / name)
    assert f"{name} is compressed (gzip)" in said and "plain .tar" in said


def broken(**parts):
    return [("7", parts)]


BROKEN = {
    "a text that is none": (broken(jpg=tiny(0), txt=b"A \xff dog"), "a.tar/7.txt, line 1: not UTF-8"),
    "a json that is none": (broken(jpg=tiny(0), json=b'{"caption": "A'), "a.tar/7.json, line 1, column 13: not"),
    "a json of another kind": (broken(jpg=tiny(0), json=b"[1]"), "a.tar/7.json: expected an object"),
    "a caption that is none": (broken(jpg=tiny(0), json=b'{"caption": 3}'), "a.tar/7.json: captions must be text"),
    "captions that are none": (broken(jpg=tiny(0), json=b'{"captions": [3]}'), "a.tar/7.json: captions must be text"),
    "no photo": (broken(txt="A dog ."), "a.tar: 7 has captions, but no photo"),
    "two photos": (broken(jpg=tiny(0), png=tiny(1), txt="A dog ."), "a.tar: 7.jpg and 7.png are photos of one sample"),
    "an endless caption": (broken(jpg=tiny(0), txt=b"a" * 10_000_001), "a.tar/7.txt is larger than 10 MB"),
    "no captions at all": (broken(jpg=tiny(0)), "no all photos in"),
    "nothing at all": ([], "no all photos in"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_in_a_shard_is_named(tmp_path, what):
    samples, said = BROKEN[what]
    assert said in refused(write_shard(tmp_path / "a.tar", samples))


def test_what_is_not_there_is_named(tmp_path):
    write_shard(tmp_path / "0.tar", [sample(0)])
    assert f"There is no {tmp_path / '1.tar'}" in refused(tmp_path / "{0..3}.tar")
    assert "There is no s3:/bucket/0.tar" in refused("s3://bucket/0.tar")
    assert f"There is no {tmp_path / '2.tar'}" in refused(tmp_path / "{2..0}.tar")
    (tmp_path / "empty").mkdir()
    assert "WebDataset" in refused(tmp_path / "empty")
