"""Object labels, people's and a detector's."""

import json

import pytest

from captioner.data import Label, labelled_photos, load_labels
from captioner.errors import DataError


def instances(**changes):
    """As COCO publishes them: people's labels, with outlines."""
    data = {
        "info": {"year": 2017},
        "licenses": [],
        "images": [
            {"id": 9, "file_name": "a.jpg", "width": 200, "height": 100, "license": 3},
            {"id": 25, "file_name": "b.jpg", "width": 100, "height": 100, "license": 3},
        ],
        "annotations": [
            {
                "segmentation": [[50, 25, 150, 25, 150, 75]],
                "area": 2500.0,
                "iscrowd": 0,
                "image_id": 9,
                "bbox": [50.0, 25, 100.0, 50.0],
                "category_id": 67,
                "id": 1,
            },
            {"image_id": 9, "category_id": 1, "bbox": [-10, 0, 400, 100], "id": 2, "segmentation": {"counts": [1]}},
        ],
        "categories": [
            {"supercategory": "person", "id": 1, "name": "person"},
            {"supercategory": "furniture", "id": 67, "name": "dining table"},
        ],
    }
    return data | changes


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))
    return path


def test_boxes_are_fractions_of_the_photo_and_end_at_its_edges(tmp_path):
    labels = load_labels(write(tmp_path / "instances.json", instances()))
    assert labels == {
        "a.jpg": [Label("dining table", 1.0, (0.25, 0.25, 0.5, 0.5)), Label("person", 1.0, (0.0, 0.0, 1.0, 1.0))],
        "b.jpg": [],
    }


def test_a_detectors_scores(tmp_path):
    data = instances()
    data["annotations"][0]["score"] = 0.31
    (label, other) = load_labels(write(tmp_path / "x.json", data))["a.jpg"]
    assert (label.score, other.score) == (0.31, 1.0)


@pytest.mark.parametrize("home", ["", "annotations"])
def test_a_folder_with_a_file_a_split(tmp_path, home):
    write(tmp_path / home / "instances_train2017.json", instances())
    images = [{"id": 9, "file_name": "c.jpg", "width": 1, "height": 1}]
    write(tmp_path / home / "instances_val2017.json", instances(images=images, annotations=[]))
    assert sorted(load_labels(tmp_path)) == ["a.jpg", "b.jpg", "c.jpg"]
    write(tmp_path / home / "instances_val2017.json", instances())
    with pytest.raises(DataError, match=r"instances_val2017\.json: a\.jpg is also in another file"):
        load_labels(tmp_path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda data: data.pop("categories"), "expected a list as 'categories'"),
        (lambda data: data["images"][1].update(id=9), "images[1]: b.jpg or its id 9 is listed twice"),
        (lambda data: data["images"][1].update(file_name="a.jpg"), "images[1]: a.jpg or its id"),
        (lambda data: data["images"][1].update(width=0), "images[1]: b.jpg is 0 by 100 pixels"),
        (lambda data: data["images"][1].pop("height"), "images[1]: expected a number as 'height', there is none"),
        (lambda data: data["annotations"][1].update(image_id=5), "annotations[1]: no image has the id 5"),
        (lambda data: data["annotations"][1].update(category_id=2), "annotations[1]: no category has the id 2"),
        (lambda data: data["annotations"][1].update(score=1.5), "annotations[1]: the score 1.5 is not between 0 and 1"),
        (lambda data: data["annotations"][1].update(score=None), "annotations[1]: expected a number as 'score'"),
        (lambda data: data["annotations"][1].update(bbox=[1, 2, 3]), "annotations[1]: expected left, top"),
        (lambda data: data["annotations"][1].update(bbox=[1, 2, 3, "x"]), "annotations[1]: expected left, top"),
        (
            lambda data: data["annotations"][1].update(bbox=[1, 2, 3, float("nan")]),
            "annotations[1]: expected left, top",
        ),
    ],
)
def test_a_broken_record_is_named(tmp_path, change, complaint):
    data = instances()
    change(data)
    path = write(tmp_path / "instances_x.json", data)
    with pytest.raises(DataError) as caught:
        load_labels(tmp_path)
    assert str(path) in str(caught.value) and complaint in str(caught.value)


def test_where_there_are_none_it_is_said_what_was_looked_for(tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataError, match=r"there is no instances\*\.json"):
            load_labels(place)


@pytest.mark.parametrize("place", ["", "Images", "train2017"])
def test_labelled_photos_are_found_beside_their_labels_or_in_a_folder_there(tmp_path, place):
    write(tmp_path / "instances.json", instances())
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / "a.jpg").touch()
    with pytest.raises(DataError, match=r"b\.jpg: labelled, but neither in"):
        labelled_photos(tmp_path)
    (tmp_path / place / "b.jpg").touch()
    found = labelled_photos(tmp_path)
    assert [path.relative_to(tmp_path / place).name for path in found] == ["a.jpg", "b.jpg"]
    assert [label.category for label in found[tmp_path / place / "a.jpg"]] == ["dining table", "person"]


def test_the_labels_at_hand_also_of_photos_without_captions(data_home, flickr8k):
    sizes = {"flickr8k": 7000, "coco-train": 3880, "pascal": 329, "coco-unlabelled": 4161, "coco-dev": 127}
    for name, size in sizes.items():
        labels = load_labels(data_home / "data" / name)
        assert len(labels) == size
        seen = [label for found in labels.values() for label in found]
        assert all(0.25 <= label.score <= 1 and all(0 <= side <= 1 for side in label.box) for label in seen)
