"""The cards and the tree as HTML: what differs, a place for each branch, and nothing unescaped."""

from xml.etree import ElementTree

import pytest

from captioner import Search
from captioner.search.tree import Branch
from ui.page.cards import shared_places
from ui.page.tree import road_html, tree_svg


@pytest.mark.parametrize(
    ("ours", "theirs", "shared"),
    [
        ("a dog runs", "a dog runs", {0, 1, 2}),
        ("a dog runs", "a black dog", {0, 1}),
        ("two cats", "a dog", set()),
        ("a a a", "a", {0}),
        ("", "a dog", set()),
    ],
)
def test_shared_places(ours, theirs, shared):
    assert shared_places(ours.split(), theirs.split()) == shared


@pytest.mark.parametrize("beam_width", [1, 3, 10])
def test_every_branch_has_a_place_of_its_own_and_the_chosen_one_is_straight(captioner, examples, beam_width):
    features = captioner.encode(examples)
    for caption in captioner.decode(features, beam_width, search=Search(traced=True, guided=False)):
        drawing = ElementTree.fromstring(tree_svg(caption.tree))
        places = [(box.get("x"), box.get("y")) for box in drawing.iter("rect")]
        assert len(places) == len(caption.tree) == len(set(places))
        chosen = [group for group in drawing.iter("g") if group.get("class") == "chosen"]
        assert len({group.find("rect").get("y") for group in chosen}) == 1
        texts = [group.find("text").text for group in chosen]
        if not caption.guided_by:  # else an article may be left out
            assert " ".join(texts).removesuffix(" end") == caption.text
        assert all(one.noun.singular in caption.text for one in caption.guided_by)


def test_a_strange_vocabulary_draws_no_tags():
    tree = (Branch(None, 0, "<b>bold</b>", 0.5, "chosen"), Branch(None, 0, "<i>", 0.001, "dropped"),
            Branch(None, 0, '"&', 0.2, "kept"))  # fmt: skip
    html = road_html(tree, 2, ["<i>cat"])
    assert "<b>" not in html and "<i>" not in html and "&lt;b&gt;bold" in html and "&lt;1%" in html
    assert "had to name &lt;i&gt;cat" in html
    assert road_html() == ""
