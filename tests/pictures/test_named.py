"""Pictures as assistants name or send them."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.errors import ImageError
from captioner.pictures.images import open_image
from captioner.pictures.named import LeftAside, at_path, in_base64, pictures_named


@pytest.fixture
def photo(examples):
    return examples[0].read_bytes()


@pytest.mark.parametrize("form", ["{}", "file://{}", "FILE://localhost{}", '"{}"', "'{}'", " {}\n", '"{}"\n', "`{}`"])
def test_paths_in_all_their_forms(form, examples, tmp_path):
    path = tmp_path / "a photo.jpg"
    path.write_bytes(examples[0].read_bytes())
    name = str(path).replace(" ", "%20") if "ile:" in form.lower() else str(path)
    assert at_path(form.format(name)) == path


def test_paths_from_home_and_from_other_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.jpg").touch()
    assert at_path("~/a.jpg") == tmp_path / "a.jpg"
    assert at_path("a.jpg", [tmp_path / "none", tmp_path]) == tmp_path / "a.jpg"


@pytest.mark.parametrize("form", ["data:image/jpeg;base64,{}", "DATA:image/jpeg;BASE64,{}", "{}", '"{}"\n'])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
@pytest.mark.parametrize("padded", [True, False])
def test_content_in_all_its_forms(form, encode, padded, photo):
    for content in photo, photo + b"1", photo + b"12":  # which differ in what is filled up
        text = encode(content).decode()
        sent = form.format(text if padded else text.rstrip("=\n"))
        assert in_base64(sent) == content
        if "data" in sent[:5].lower():
            assert open_image(at_path(sent)).mode == "RGB"


@pytest.mark.parametrize("text", ["/home/me/a.jpg", "https://example.org/a.jpg", "é", "~/a.jpg"])
def test_what_is_no_content_is_refused(text):
    with pytest.raises(ImageError):
        open_image(in_base64(text))


@given(
    st.sets(st.from_regex(r"[a-c]\.(jpg|JPG|png)", fullmatch=True), min_size=1, max_size=4),
    st.sets(st.from_regex(r"[a-c]\.(MOV|aae|Mp4)", fullmatch=True), min_size=1, max_size=5),
)
@settings(max_examples=20, deadline=None)
def test_films_and_edits_beside_photos_are_one_line_with_their_number(tmp_path_factory, photos, others):
    folder = tmp_path_factory.mktemp("phone")
    for name in photos | others:
        (folder / name).touch()
    for names in [str(folder)], sorted(str(folder / name) for name in photos | others):
        *found, (_, aside) = pictures_named(names)
        assert sorted(path.name for _, path in found) == sorted(photos)
        assert isinstance(aside, LeftAside)
        assert len(others) == 1 or str(aside).startswith(f"{len(others)} other files (")
    *_, (_, alone) = pictures_named([str(folder / min(others))])
    assert alone == folder / min(others)  # nothing but films: each is told why it is not read


@pytest.mark.parametrize("brand", [b"qt  ", b"isom", b"mp42"])
def test_a_film_is_called_a_film(brand):
    with pytest.raises(ImageError, match="is a video"):
        open_image(b"\0\0\0\x14ftyp" + brand + b"\0\0\0\0" + brand + bytes(40))


@pytest.mark.parametrize(
    "start", [b"\0\0\0\x08wide\0\0\0\0mdat", b"RIFF\0\0\0\0AVI LIST", b"\x1aE\xdf\xa3\x01", b"\0\0\1\0moov"]
)
def test_films_without_a_brand_are_called_films(start):
    with pytest.raises(ImageError, match="is a video"):
        open_image(start + bytes(40))


@pytest.mark.parametrize("leftover", ["._a.jpg", "__MACOSX/a.jpg", "sub/._b.png"])
def test_what_a_mac_leaves_in_a_folder_is_passed_over_unless_it_is_named(leftover, tmp_path):
    for name in "a.jpg", leftover:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / r"\._c.jpg").touch()  # a name like any other, but on Windows
    photos = [str(tmp_path / name) for name in (r"\._c.jpg", "a.jpg")]
    assert [name for name, _ in pictures_named([str(tmp_path)])] == photos
    assert [name for name, _ in pictures_named([str(tmp_path / leftover)])] == [str(tmp_path / leftover)]
