"""A visitor with forty photos, some of them broken: captions to look through, to mend, and to take home."""

import csv
import io
import json
import warnings
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.visit import EXAMPLES, NARROW, fits, looks, open_tab, unreadable

COUNT, BROKEN = 40, 5


def crops(count: int):
    """Pictures unlike each other, cut out of the gallery's."""
    for number in range(count):
        with Image.open(EXAMPLES[number % len(EXAMPLES)]) as picture:
            width, height = picture.size
            left = 7 * (number // len(EXAMPLES))
            yield picture.convert("RGB").crop((left, left, width - 1, height - 1)).resize((240, 180))


@pytest.fixture(scope="module")
def forty(tmp_path_factory) -> list[Path]:
    """Forty files, five of them broken in five ways."""
    folder = tmp_path_factory.mktemp("forty")
    suffixes = ["jpg", "png", "webp", "gif", "tiff", "bmp", "avif"]
    paths = []
    for number, picture in enumerate(crops(COUNT - BROKEN)):
        suffix = suffixes[number % 7] if number % 3 == 0 else "jpg"
        paths.append(folder / f"photo {number:02} (ä).{suffix}")
        picture.save(paths[-1])
    paths[0] = paths[0].rename(folder / "=1+1.jpg")
    whole = (folder / "photo 01 (ä).jpg").read_bytes()
    broken = {
        "cut.jpg": whole[:900],
        "empty.jpg": b"",
        "note.txt": b"hello",
        "damaged.png": whole[20:],
        "no.zip": whole,
    }
    for place, (name, content) in enumerate(broken.items()):
        (folder / name).write_bytes(content)
        paths.insert(3 + 7 * place, folder / name)
    assert len(paths) == COUNT
    return paths


def give(page, paths) -> None:
    open_tab(page, "Many photos")
    page.locator("#many-files input[type=file]").set_input_files(paths)


def take(page, button: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Path(download.value.path()).read_bytes()


def texts_in(picture: bytes) -> set[str]:
    """What a picture file says of itself in EXIF and XMP, as Pillow reads it."""
    with Image.open(io.BytesIO(picture)) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        description = opened.getexif().get(0x010E, "")
        xmp = opened.getxmp()["xmpmeta"]["RDF"]["Description"]
    xmp = xmp if isinstance(xmp, dict) else {key: value for part in xmp for key, value in part.items()}
    said = {xmp[key]["Alt"]["li"]["text"] for key in ("description", "AltTextAccessibility")}
    return said | {description.encode("latin-1").decode()}


def test_forty_photos_are_captioned_mended_and_taken_home(page, forty, shoot):
    give(page, forty)
    said = page.locator("#many-said").get_by_role("status")
    expect(said).to_contain_text("Done: 35 of 40 photos have a caption; without one: cut.jpg, ", timeout=60_000)
    broken = {"cut.jpg", "empty.jpg", "note.txt", "damaged.png", "no.zip"}
    problems = page.locator("#many-table .problem")
    assert {name for name in broken for text in problems.all_inner_texts() if f'"{name}"' in text} == broken
    field = page.get_by_label("photo 01 (ä).jpg")
    field.fill("  a <b>person's</b>\n own words, “ä” ")
    for look in looks(page, NARROW):
        assert fits(page)
        assert not unreadable(page.locator("#many-table :is(th, td, label, textarea, .problem, strong), #many-said p"))
        shoot(page, f"{look}-many")

    rows = list(csv.DictReader(io.StringIO(take(page, "table (CSV)").decode("utf-8-sig"))))
    lines = [json.loads(line) for line in take(page, "JSON Lines").decode().splitlines()]
    pictures = zipfile.ZipFile(io.BytesIO(take(page, "photos with alt text")))
    expect(said).to_contain_text("photo 06 (ä).avif, photo 27 (ä).avif: AVIF files have no place for alt text")
    names = [path.name for path in forty]
    assert [line["file"] for line in lines] == names
    assert [row["file"] for row in rows] == [name.replace("=", "'=") for name in names]
    captions = {line["file"]: line["caption"]["text"] for line in lines if line["caption"]}
    assert captions["photo 01 (ä).jpg"] == "a <b>person's</b> own words, “ä”"
    assert [row["caption"] for row in rows] == [captions.get(name, "") for name in names]
    assert {line["file"] for line in lines if line["error"]} == {row["file"] for row in rows if row["error"]} == broken
    assert sum(line["edited"] for line in lines) == 1
    for line in lines:
        if (said := line["caption"]) and not line["edited"]:
            assert said["text"] == " ".join(word["text"] for word in said["words"])
            assert all(0 < word["probability"] <= 1 for word in said["words"]) and said["score"] < 0

    assert pictures.testzip() is None
    inside = set(pictures.namelist())
    assert {name for name in inside if not name.endswith(".xmp")} == set(captions)
    for path in forty:
        if path.name not in captions:
            continue
        written = pictures.read(path.name)
        if f"{path.name}.xmp" in inside:
            assert path.suffix in (".gif", ".bmp", ".avif")
            assert written == path.read_bytes() and captions[path.name] in pictures.read(f"{path.name}.xmp").decode()
        else:
            assert texts_in(written) == {captions[path.name]}
        with Image.open(path) as before, Image.open(io.BytesIO(written)) as after:
            assert before.tobytes() == after.tobytes()


def test_cancel_in_the_middle_of_forty_keeps_what_is_done(page, tmp_path, shoot):
    Image.new("RGB", (3000, 3000), "gray").save(tmp_path / "large.png")  # small to send, slow to read
    large = (tmp_path / "large.png").read_bytes()
    paths = [tmp_path / f"large {number:02}.png" for number in range(COUNT)]
    for path in paths:
        path.write_bytes(large)
    give(page, paths)
    page.wait_for_function("document.querySelector('#many-progress progress')?.value >= 4")
    shoot(page, "desktop-many-progress")
    expect(page.locator("#many-files")).to_be_hidden()
    expect(page.locator("#many-said").get_by_role("status")).to_contain_text("40 photos to caption, ")
    page.get_by_role("button", name="Cancel").click()
    said = page.locator("#many-said").get_by_role("status")
    expect(said).to_contain_text("Stopped: ")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    done = page.locator("#many-table textarea").count()
    assert 4 <= done < COUNT and f"{done} of {COUNT} photos" in said.inner_text()
    rows = list(csv.DictReader(io.StringIO(take(page, "table (CSV)").decode("utf-8-sig"))))
    assert [row["file"] for row in rows] == [path.name for path in paths[:done]]
    assert all(row["caption"] for row in rows)
    give(page, EXAMPLES[:1])
    expect(said).to_contain_text(f"Done: {done + 1} of {done + 1} photos")  # it joins those that were done
    expect(page.locator("#many-table textarea")).to_have_count(done + 1)


def test_a_folder_and_a_zip_are_taken_and_the_keyboard_is_enough(page, tmp_path):
    inside = tmp_path / "trip" / "day 1"
    inside.mkdir(parents=True)
    first, second, *_ = EXAMPLES
    (inside / "a.jpg").write_bytes(first.read_bytes())
    (tmp_path / "trip" / "a.jpg").write_bytes(second.read_bytes())
    (tmp_path / "trip" / ".DS_Store").write_bytes(b"x")
    with zipfile.ZipFile(tmp_path / "trip.zip", "w") as trip:
        for path in (inside / "a.jpg", tmp_path / "trip" / "a.jpg"):
            trip.write(path, path.relative_to(tmp_path))
        trip.writestr("__MACOSX/._a.jpg", b"x")
        trip.writestr("../../<img src=x onerror=document.title='x'>.jpg", b"x")

    give(page, [tmp_path / "trip.zip"])
    expect(page.locator("#many-said")).to_contain_text("Done: 2 of 3 photos")
    assert page.locator("#many-table th label").all_inner_texts() == ["trip/day 1/a.jpg", "trip/a.jpg"]
    expect(page.locator("#many-table .problem")).to_contain_text("onerror")
    expect(page).to_have_title("Captioner")

    page.get_by_role("tab", name="Many photos").focus()
    reached = []
    while len(reached) < 60 and "many-zip" not in reached:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.closest('#many-files, #many-sources, [id]').id"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    with zipfile.ZipFile(download.value.path()) as pictures:
        assert pictures.namelist() == ["trip/day 1/a.jpg", "trip/a.jpg"]
    for _ in ("the training set", "search", "the first caption", "the second"):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.row") == "1"
    page.keyboard.press("Control+a")
    page.keyboard.type("written by hand")
    assert "written by hand" in take(page, "table (CSV)").decode("utf-8-sig")

    page.locator("#many-folder input[type=file], input[type=file][webkitdirectory]").first.set_input_files(
        tmp_path / "trip"
    )
    expect(page.locator("#many-said")).to_contain_text("Done: 4 of 5 photos")
    names = page.locator("#many-table th label").all_inner_texts()
    assert names[:2] == ["trip/day 1/a.jpg", "trip/a.jpg"] and set(names[2:]) == {"a.jpg", "a (2).jpg"}
    assert "written by hand" in take(page, "table (CSV)").decode("utf-8-sig")


def test_too_many_photos_are_refused_in_a_sentence(page, tmp_path, shoot):
    with zipfile.ZipFile(tmp_path / "heap.zip", "w") as heap:
        for number in range(201):
            heap.writestr(f"{number}.jpg", b"x")
    give(page, [tmp_path / "heap.zip"])
    alert = page.locator("#many-said").get_by_role("alert")
    expect(alert).to_have_text("These are 201 files; 200 can be done at a time: choose fewer.")
    expect(page.locator("#many-downloads")).to_be_hidden()
    expect(page.locator("#many-files")).to_be_visible()
    shoot(page, "desktop-many-refused")
