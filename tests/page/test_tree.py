"""The cards and the tree: what differs, a place for each branch, and nothing unescaped."""

import pytest

from captioner import Search
from captioner.search.tree import Branch
from ui.page.cards import shared_places
from ui.page.tree import drawn, tree_html


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
        drawing = drawn(caption.tree)
        places = [(box.x, box.y) for box in drawing.boxes]
        assert len(places) == len(caption.tree) == len(set(places))
        assert all(x + drawing.box_width <= drawing.width and y < drawing.height for x, y in places)
        chosen = [box for box in drawing.boxes if box.fate == "chosen"]
        assert len({box.y for box in chosen}) == 1
        texts = [box.text for box in chosen]
        if not caption.guided_by:  # else an article may be left out
            assert " ".join(texts).strip() == caption.text
        assert all(one.noun.singular in caption.text for one in caption.guided_by)


@pytest.mark.parametrize(("beam_width", "informed", "said"), [(3, True, True), (3, False, False), (1, True, False)])
def test_what_else_counted_is_said_where_there_was_a_choice(beam_width, informed, said):
    html = tree_html((Branch(None, 0, "dog", 0.5, "chosen"),), beam_width, informed=informed)
    assert ("also says much about this photo" in html) == said


def test_a_strange_vocabulary_draws_no_tags():
    tree = (Branch(None, 0, "<b>bold</b>", 0.5, "chosen"), Branch(None, 0, "<i>", 0.001, "dropped"),
            Branch(None, 0, '"&', 0.2, "kept"))  # fmt: skip
    html = tree_html(tree, 2, ["<i>cat"])
    assert "<b>" not in html and "<i>" not in html and "&lt;b&gt;bold" in html and "&lt;1%" in html
    assert "had to mention &lt;i&gt;cat" in html
    assert tree_html() == ""
