"""Both layouts of Flickr8k load the same, and whatever is wrong with them is named."""

import csv
import shutil
import time

import pytest
from PIL import Image

from captioner.data import Example, load_examples
from captioner.errors import DataError

# Neither sorted nor in the order of the caption file: a split keeps the order of its list.
SPLITS = {"train": ["c.jpg", "a.jpg", "b.jpg"], "dev": ["e.jpg"], "test": ["d.jpg"]}
NAMES = sorted(name for names in SPLITS.values() for name in names)
GHOST = "2258277193_586949ec62.jpg.1"


def captions_of(name):
    return [
        f"A dog , a ball and {name} .",
        f'A "happy" dog near {name}',
        f"Café beside {name}",
        f"A dog runs{chr(0x2028)}after {name}",
        f"Dog {name}",
    ]


def make_images(folder, names=NAMES):
    folder.mkdir(parents=True)
    for name in names:
        Image.new("RGB", (4, 3), "teal").save(folder / name, format="JPEG")


def make_lists(folder, splits=SPLITS):
    folder.mkdir(exist_ok=True)
    for split, names in splits.items():
        (folder / f"Flickr_8k.{split}Images.txt").write_text("".join(f"{name}\n" for name in names))


def make_token_file(folder):
    folder.mkdir(exist_ok=True)
    lines = [f"{name}#{i}\t{caption}\n" for name in [*NAMES, GHOST] for i, caption in enumerate(captions_of(name))]
    (folder / "Flickr8k.token.txt").write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def kaggle(tmp_path):
    home = tmp_path / "kaggle"
    make_images(home / "Images")
    make_lists(home)
    with open(home / "captions.txt", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["image", "caption"])
        rows.writerows((name, caption) for name in NAMES for caption in captions_of(name))
    return home


@pytest.fixture
def original(tmp_path):
    home = tmp_path / "original"
    make_images(home / "Flicker8k_Dataset")
    make_lists(home)
    make_token_file(home)
    return home


@pytest.fixture(params=["kaggle", "original"])
def either(request):
    return request.getfixturevalue(request.param)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refused(folder, split="train"):
    with pytest.raises(DataError) as caught:
        load_examples(folder, split)
    return str(caught.value)


@pytest.mark.parametrize("split", SPLITS)
def test_split_in_the_order_of_its_list(either, split):
    examples = load_examples(either, split)
    assert [example.image.name for example in examples] == SPLITS[split]
    for example in examples:
        assert isinstance(example, Example)
        assert example.captions == tuple(captions_of(example.image.name))
        with Image.open(example.image) as image:
            assert image.size == (4, 3)


def test_all_needs_no_split_lists(either):
    for path in either.glob("Flickr_8k.*"):
        path.unlink()
    assert [example.image.name for example in load_examples(str(either), "all")] == NAMES


def test_uncaptioned_picture_is_left_out_of_all(kaggle):
    Image.new("RGB", (4, 3)).save(kaggle / "Images/nobody-captioned-this.jpg")
    assert len(load_examples(kaggle, "all")) == len(NAMES)


@pytest.mark.parametrize("text_folder", ["original/Flickr8k_text", "Flickr8k_text"])
def test_original_text_files_inside_and_beside(original, text_folder):
    target = original.parent / text_folder
    target.mkdir()
    for path in original.glob("*.txt"):
        shutil.move(path, target / path.name)
    assert [example.image.name for example in load_examples(original, "train")] == SPLITS["train"]


def test_text_folder_beside_the_working_directory(original, monkeypatch):
    (original.parent / "Flickr8k_text").mkdir()
    shutil.move(original / "Flickr8k.token.txt", original.parent / "Flickr8k_text")
    monkeypatch.chdir(original)
    assert len(load_examples(".", "all")) == len(NAMES)


def test_mended_spelling_of_the_image_folder(original):
    (original / "Flicker8k_Dataset").rename(original / "Flickr8k_Dataset")
    assert len(load_examples(original, "dev")) == 1


def test_windows_line_ends_byte_order_mark_and_blank_lines(either):
    for path in either.glob("*.txt"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert load_examples(either, "train")[0].captions == tuple(captions_of("c.jpg"))


def test_unknown_split(kaggle):
    assert "'validation'" in refused(kaggle, "validation")


def test_missing_folder(tmp_path):
    assert str(tmp_path / "nowhere") in refused(tmp_path / "nowhere")


def test_no_known_layout_says_what_was_looked_for(tmp_path):
    message = refused(tmp_path)
    for name in (str(tmp_path), "Images/", "captions.txt", "Flicker8k_Dataset/", "Flickr8k.token.txt"):
        assert name in message


def test_missing_split_list_says_where_it_comes_from(either):
    (either / "Flickr_8k.trainImages.txt").unlink()
    message = refused(either)
    assert "Flickr_8k.trainImages.txt" in message and "Flickr8k_text.zip" in message
    assert len(load_examples(either, "dev")) == 1


@pytest.mark.parametrize("split", ["train", "all"])
def test_image_missing_on_disk(either, split):
    for path in either.glob("*/[ab].jpg"):
        path.unlink()
    message = refused(either, split)
    assert message.startswith("a.jpg and 1 more:") and "captioned in" in message


def test_listed_image_missing_everywhere(either):
    make_lists(either, SPLITS | {"train": ["a.jpg", "z.jpg"]})
    message = refused(either)
    assert message.startswith("z.jpg:") and "Flickr_8k.trainImages.txt" in message


def test_only_the_known_ghost_may_lack_its_image(original):
    assert GHOST not in [example.image.name for example in load_examples(original, "all")]
    edit(original / "Flickr8k.token.txt", f"{GHOST}#0", "ghost.jpg.1#0")
    assert refused(original, "dev").startswith("ghost.jpg.1:")


def test_listed_image_without_captions(either):
    for folder in (either / "Images", either / "Flicker8k_Dataset"):
        if folder.is_dir():
            shutil.copy(folder / "a.jpg", folder / "z.jpg")
    make_lists(either, SPLITS | {"train": ["a.jpg", "z.jpg"]})
    message = refused(either)
    assert message.startswith("z.jpg:") and "without a caption" in message


@pytest.mark.parametrize("split", SPLITS)
def test_image_in_two_splits(either, split):
    make_lists(either, SPLITS | {"test": ["d.jpg", "b.jpg"]})
    message = refused(either, split)
    assert message.startswith("b.jpg is in two splits")
    assert "Flickr_8k.trainImages.txt" in message and "Flickr_8k.testImages.txt, line 2" in message


def test_image_twice_in_a_list(either):
    make_lists(either, SPLITS | {"train": ["c.jpg", "a.jpg", "c.jpg"]})
    assert "Flickr_8k.trainImages.txt, line 3: c.jpg is already on line 1" in refused(either)


def test_empty_split_list(kaggle):
    make_lists(kaggle, {"train": []})
    assert "Flickr_8k.trainImages.txt lists no images" in refused(kaggle)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("a.jpg", "found 1"),
        ("a.jpg,One dog , two dogs", "found 3"),
        ('a.jpg,"A quote left open', "not readable as CSV"),
        ("a.jpg,", "caption of a.jpg is empty"),
        ('a.jpg," "', "caption of a.jpg is empty"),
        (",A dog", "no name"),
    ],
)
def test_broken_csv_line(kaggle, line, complaint):
    edit(kaggle / "captions.txt", "Café beside a.jpg", "A dog")
    edit(kaggle / "captions.txt", "a.jpg,A dog\n", f"{line}\n")
    message = refused(kaggle)
    assert "captions.txt, line 4: " in message and complaint in message


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("a.jpg#2 A dog", "a tab"),
        ("a.jpg\tA dog", "'name.jpg#0'"),
        ("a.jpg#two\tA dog", "'name.jpg#0'"),
        ("a.jpg#2\t", "caption of a.jpg is empty"),
        ("#2\tA dog", "no name"),
    ],
)
def test_broken_token_line(original, line, complaint):
    edit(original / "Flickr8k.token.txt", "a.jpg#2\tCafé beside a.jpg\n", f"{line}\n")
    message = refused(original)
    assert "Flickr8k.token.txt, line 3: " in message and complaint in message


@pytest.mark.parametrize(
    ("layout", "file", "line"), [("kaggle", "captions.txt", 9), ("original", "Flickr8k.token.txt", 8)]
)
def test_not_utf8(request, layout, file, line):
    home = request.getfixturevalue(layout)
    data = (home / file).read_bytes()
    (home / file).write_bytes(data.replace("Café beside b.jpg".encode(), "Café beside b.jpg".encode("latin-1")))
    assert f"{file}, line {line}: not UTF-8" in refused(home)


def test_missing_csv_header(kaggle):
    edit(kaggle / "captions.txt", "image,caption\n", "")
    assert "captions.txt, line 1: expected the header 'image,caption'" in refused(kaggle)


def test_no_captions_at_all(kaggle):
    (kaggle / "captions.txt").write_text("image,caption\n")
    assert "has no captions" in refused(kaggle)


def test_the_real_splits(flickr8k):
    begin = time.perf_counter()
    sizes = {}
    for split in ("train", "dev", "test", "all"):
        examples = load_examples(flickr8k, split)
        sizes[split] = len(examples)
        assert all(len(example.captions) == 5 for example in examples)
    assert sizes == {"train": 6000, "dev": 1000, "test": 1000, "all": 8000}
    # A fifth of a second each on a quiet machine; this only catches a disk access for every picture.
    assert time.perf_counter() - begin < 8


def test_plain_folder_of_photographs(coco_dev):
    examples = load_examples(coco_dev, "all")
    assert len(examples) == 127
    assert all(example.image.is_file() and len(example.captions) == 5 for example in examples)
