"""Files and zips as people, and strangers, have them: each picture by a name of its own, and nothing else."""

import io
import random
import struct
import zipfile

import pytest

from captioner.errors import CaptionerError, ImageError
from captioner.pictures.archive import MOST_BYTES, MOST_ENTRIES, MOST_PICTURES, sources_in


def zip_of(path, entries, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def only(paths) -> str:
    """The sentence of the one thing that cannot be read."""
    [source] = sources_in(paths)
    with pytest.raises(ImageError) as error:
        source.read()
    assert str(error.value) == source.problem
    return source.problem


def test_files_and_zips_keep_their_order_and_their_bytes(tmp_path):
    (tmp_path / "z.jpg").write_bytes(b"z")
    (tmp_path / "a.png").write_bytes(b"a")
    trip = zip_of(tmp_path / "trip.ZIP", [("b/", b""), ("b/one.jpg", b"1"), ("two.txt", b"2")])
    found = sources_in([tmp_path / "z.jpg", trip, tmp_path / "a.png"])
    assert [source.name for source in found] == ["z.jpg", "b/one.jpg", "two.txt", "a.png"]
    assert [source.read() for source in found] == [b"z", b"1", b"2", b"a"]


def test_what_systems_leave_in_folders_is_passed_over(tmp_path):
    names = ["__MACOSX/._a.jpg", "a/__MACOSX/b.jpg", ".DS_Store", "x/Thumbs.db", "desktop.ini", "x\\._y.jpg", "y.jpg"]
    heap = zip_of(tmp_path / "heap.zip", [(name, b"x") for name in names])
    for name in ".DS_Store", "Thumbs.db", "._y.jpg":
        (tmp_path / name).write_bytes(b"x")
    found = sources_in([heap, tmp_path / ".DS_Store", tmp_path / "Thumbs.db", tmp_path / "._y.jpg"])
    assert [source.name for source in found] == ["y.jpg"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Windows\\a.jpg", "Windows/a.jpg"),
        ("a/./b//c.jpg", "a/b/c.jpg"),
        ("..\\.. \\x.jpg", "x.jpg"),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("a\nb.jpg", "a_b.jpg"),
        ("..", "unnamed"),
        ("x" * 5000 + ".jpg", "x" * 196 + ".jpg"),
    ],
)
def test_no_name_leads_out_of_a_folder(tmp_path, name, shown):
    [source] = sources_in([zip_of(tmp_path / "a.zip", [(name, b"here")])])
    assert source.name == shown
    assert source.read() == b"here"


def test_names_are_unlike_each_other_for_every_system(tmp_path):
    for folder in "one", "two", "three":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").write_bytes(folder.encode())
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zip_of(tmp_path / "twice.zip", [("A.JPG", b"4"), ("A.JPG", b"5"), (".jpg", b"6"), (".jpg", b"7")])
    found = sources_in([*(tmp_path / folder / "a.jpg" for folder in ("one", "two", "three")), twice])
    names = [source.name for source in found]
    assert names == ["a.jpg", "a (2).jpg", "a (3).jpg", "A (4).JPG", "A (5).JPG", ".jpg", ".jpg (2)"]
    assert [source.read() for source in found] == [b"one", b"two", b"three", b"4", b"5", b"6", b"7"]


def test_names_in_utf8_are_read_whether_the_zip_says_so_or_not(tmp_path):
    path = zip_of(tmp_path / "a.zip", [("Überfahrt 写真.jpg", b"x")])
    content = bytearray(path.read_bytes())
    for signature, place in (b"PK\x03\x04", 6), (b"PK\x01\x02", 8):
        at = content.index(signature) + place
        flags = struct.unpack_from("<H", content, at)[0]
        struct.pack_into("<H", content, at, flags & ~0x800)
    silent = tmp_path / "silent.zip"
    silent.write_bytes(content)
    assert [source.name for source in sources_in([path, silent])] == ["Überfahrt 写真.jpg", "Überfahrt 写真 (2).jpg"]
    assert sources_in([silent])[0].read() == b"x"


def test_what_cannot_be_unpacked_is_said_of_each_and_the_others_go_on(tmp_path):
    path = zip_of(tmp_path / "a.zip", [("locked.jpg", b"1"), ("inner.zip", b"2"), ("good.jpg", b"4")])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("lzma.jpg", b"3")
    content = bytearray(path.read_bytes())
    for signature, place in (b"PK\x03\x04", 6), (b"PK\x01\x02", 8):
        content[content.index(signature) + place] |= 1
    path.write_bytes(content)
    locked, inner, good, lzma = sources_in([path])
    assert good.read() == b"4"
    for source, reason in (locked, "password"), (inner, "zip inside a zip"), (lzma, "uncommon"):
        assert source.problem.startswith(f'"{source.name}"') and reason in source.problem
        with pytest.raises(ImageError):
            source.read()


def test_a_zip_that_is_none_is_a_sentence(tmp_path):
    path = tmp_path / "a.zip"
    for content in b"", b"hello", zip_of(tmp_path / "b.zip", [("a.jpg", b"x" * 99)]).read_bytes()[:60]:
        path.write_bytes(content)
        assert only([path]) == '"a.zip" is no zip, or a damaged one: pack it again.'
    assert only([zip_of(path, [])]) == '"a.zip" is an empty zip: there is no picture in it.'


def test_damaged_zips_are_sentences_whatever_the_damage(tmp_path):
    whole = zip_of(tmp_path / "a.zip", [(f"{n}.jpg", b"picture" * 50) for n in range(3)], compression=8).read_bytes()
    damage = random.Random(0)
    for _ in range(100):
        content = bytearray(whole)
        for _ in range(damage.randint(1, 8)):
            content[damage.randrange(len(content))] = damage.randrange(256)
        (tmp_path / "b.zip").write_bytes(content)
        try:
            for source in sources_in([tmp_path / "b.zip"]):
                source.read()
        except CaptionerError as error:
            assert str(error).endswith(".")


def test_bombs_do_not_go_off(tmp_path):
    """A zip that says how large it gets, one that lies, one with a huge table of contents, one of many entries."""
    packed = zip_of(io.BytesIO(), [("a.jpg", bytes(1_000_000))], compression=zipfile.ZIP_DEFLATED).getvalue()

    def claims(size):
        content = bytearray(packed)
        for signature, place in (b"PK\x03\x04", 22), (b"PK\x01\x02", 24):
            struct.pack_into("<L", content, content.index(signature) + place, size)
        (tmp_path / "bomb.zip").write_bytes(content)
        return [tmp_path / "bomb.zip"]

    assert "400 megabytes" in only(claims(MOST_BYTES + 1))
    [liar] = sources_in(claims(1000))
    with pytest.raises(ImageError, match="damaged"):
        liar.read()

    entry = zip_of(io.BytesIO(), [("a.jpg", b"")]).getvalue()
    table = entry[entry.index(b"PK\x01\x02") : entry.index(b"PK\x05\x06")] * 60_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 60_000, 60_000, len(table), 0, 0)
    (tmp_path / "table.zip").write_bytes(table + end)
    assert "damaged" in only([tmp_path / "table.zip"])

    many = zip_of(tmp_path / "many.zip", [(f"__MACOSX/{n}", b"") for n in range(MOST_ENTRIES + 1)])
    assert "2,000 entries" in only([many])


def test_too_many_and_too_large_sets_are_refused_as_a_whole(tmp_path):
    many = zip_of(tmp_path / "many.zip", [(f"{n}.jpg", b"") for n in range(MOST_PICTURES)])
    assert len(sources_in([many])) == MOST_PICTURES
    (tmp_path / "one.jpg").write_bytes(b"x")
    with pytest.raises(CaptionerError, match=r"201 files; 200 can be done at a time"):
        sources_in([many, tmp_path / "one.jpg"])
    with (tmp_path / "large.tif").open("wb") as file:
        file.truncate(MOST_BYTES)
    with pytest.raises(CaptionerError, match="400 megabytes"):
        sources_in([tmp_path / "large.tif", tmp_path / "one.jpg"])


def test_a_file_that_is_gone_is_a_sentence_without_the_servers_folders(tmp_path):
    (tmp_path / "one.jpg").write_bytes(b"x")
    archive = zip_of(tmp_path / "a.zip", [("two.jpg", b"x")])
    one, two = sources_in([tmp_path / "one.jpg", archive])
    (tmp_path / "one.jpg").unlink()
    archive.unlink()
    for source in one, two:
        with pytest.raises(ImageError) as error:
            source.read()
        assert str(error.value) == f'"{source.name}" is no longer here: choose it again.'
