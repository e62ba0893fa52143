"""Pictures as assistants name or send them."""

import base64

import pytest

from captioner.errors import ImageError
from captioner.pictures.images import open_image
from captioner.pictures.named import at_path, in_base64


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
