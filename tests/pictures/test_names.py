"""File names as people and programs have them: of any bytes, with line breaks, quotes and emoji, and very long."""

import io
import os
import sys
import zipfile
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from captioner import ImageError, __main__, open_image
from captioner.bulk.captions import as_csv, as_json_lines, caption_each, write_pictures
from captioner.bulk.rows import Job, Rows
from captioner.captioner import Caption
from captioner.pictures.archive import sources_in
from captioner.pictures.content import quoted
from captioner.pictures.named import pictures_named
from captioner.search.strategy import Search
from tests.bulk.made import pictures_in
from tests.pictures.kinds import encoded

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems allow fewer names")
some = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
JPEG, GIF = (encoded(Image.new("RGB", (8, 8), "teal"), kind) for kind in ("JPEG", "GIF"))
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ODD = [
    *"\n\r\t\"'`#?*-~. \\", "%20", "[a]", "::", "=1+1", "{1,2}", "C:", "\u3000", "\u202e", "\u2028", "写真", "e\u0301",
    "\ud83d", "\udce9", "\x1b[31m", "\x7f", "&<", FAMILY]  # fmt: skip


@st.composite
def stems(draw) -> bytes:
    letters = draw(st.lists(st.one_of(st.sampled_from(ODD), st.characters(codec="utf-8")), min_size=1, max_size=8))
    text = "".join(letters).replace("/", "_").replace("\0", "_") * draw(st.sampled_from([1, 1, 1, 20, 60]))
    raw = text.encode("utf-8", "surrogatepass") + draw(st.binary(max_size=2)).replace(b"/", b"").replace(b"\0", b"")
    assume(not raw.startswith(b"._") and raw != b".")  # as a Mac calls what it leaves beside a photo
    return raw[:240] + b"_"  # behind it there is room for an ending


named = st.sets(st.tuples(stems(), st.sampled_from([b".jpg", b".gif"])), min_size=1, max_size=6)


def written(folder, names) -> list:
    """Photos of those names, in a folder of their own."""
    place = os.fsencode(folder)
    for stem, ending in names:
        with open(os.path.join(place, stem + ending), "wb") as file:
            file.write(GIF if ending == b".gif" else JPEG)
    return sorted(folder.iterdir())


@some
@given(named)
def test_every_photo_is_in_the_zip_and_the_tables_whatever_its_name(tmp_path_factory, names):
    """With a GIF's text in a file of its own."""
    paths = written(tmp_path_factory.mktemp("names"), names)
    answer = {"text": "a cat", "sure": True, "score": -1.0, "words": [], "tags": []}
    results = [result for result, _ in caption_each(sources_in(paths), lambda picture: answer, "tiny")]
    assert [result.error for result in results] == [None] * len(paths)
    assert as_csv(results).decode("utf-8-sig") and as_json_lines(results).count(b"\n") == len(paths)
    file = io.BytesIO()
    beside = write_pictures(results, file)
    with zipfile.ZipFile(file) as archive:
        entries = archive.namelist()
        photos = [name for name in entries if not name.endswith(".xmp")]
        assert len({name.casefold() for name in entries}) == len(entries) and len(photos) == len(paths)
        assert all(
            len(part.encode()) < 256 and part not in ("", ".", "..") for each in entries for part in each.split("/")
        )
        assert all(open_image(archive.read(name)).size == (8, 8) for name in photos)
        assert all(f"{name}.xmp" in entries for name in beside) and len(beside) == sum(
            each[1] == b".gif" for each in names
        )


class Tiny(Rows):
    """Rows whose captions are all the same."""

    def __init__(self, job):
        caption = Caption("a cat", -1.0, -3.0, True, ())
        self.job = job
        self.captioner = SimpleNamespace(
            encode=lambda pictures: [[0.0]],
            decode=lambda features, **options: [caption] * len(features),
            evidence=lambda features: [()] * len(features),
        )


@some
@given(named)
def test_every_photo_has_a_row_and_a_copy_of_its_own(tmp_path_factory, names):
    folder, copies = (tmp_path_factory.mktemp(name) for name in ("names", "copies"))
    written(folder, names)
    job = Job(None, {"id": "tiny", "revision": None}, Search(beam_width=1), copies=str(copies))
    rows = Tiny(job)(pictures_in(str(folder)))
    assert [row["error"] for row in rows] == [None] * len(names)
    assert len({row["id"].encode() for row in rows}) == len(names)
    copied = [path for path in copies.rglob("*") if path.suffix in (".jpg", ".gif")]
    assert len(copied) == len(names)
    assert all(open_image(path).size == (8, 8) for path in copied)


@some
@given(named)
def test_a_folder_on_the_command_line_is_one_line_a_photo(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("names")
    written(folder, names)
    lines, errors = io.StringIO(), []
    for name, picture in pictures_named([str(folder)]):
        assert open_image(picture).size == (8, 8)
        lines.write(f"{__main__.in_one_line(name)}: a cat\n")
        with pytest.raises(ImageError) as error:
            open_image(os.fspath(picture) + "x")
        errors.append(str(error.value))
    assert len(lines.getvalue().splitlines()) == len(names)
    assert all(len(error.splitlines()) == 1 and error.encode() for error in errors)


def test_what_joins_letters_and_emoji_is_part_of_a_name():
    assert quoted(f"{FAMILY}\u3000写真.jpg") == f'"{FAMILY}\u3000写真.jpg"'
    assert quoted("a\n\u202eb") == '"a??b"'


def test_half_a_folders_name_leads_nowhere(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for folder in "a..", "b" * 150, ".. x..":
            archive.writestr(f"{folder}/{'x' * 193}.jpg", JPEG)
    for source in sources_in([path]):
        assert ".." not in source.name.split("/") and source.read() == JPEG
