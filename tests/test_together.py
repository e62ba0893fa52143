"""Many threads at once: few goes, everyone his own answer, and nobody left waiting."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from captioner import Captioner, Search
from ui.models import SharedCaptioner
from ui.together import Together


def test_one_alone_is_served_at_once():
    goes = []
    double = Together(lambda numbers: goes.append(len(numbers)) or [2 * number for number in numbers])
    assert [double(number) for number in range(3)] == [0, 2, 4]
    assert goes == [1, 1, 1]


def test_a_crowd_is_served_in_few_goes_everyone_with_his_own_answer():
    goes, going, go_on = [], threading.Event(), threading.Event()

    def work(numbers):
        goes.append(len(numbers))
        going.set()
        assert go_on.wait(10)
        return [number**2 for number in numbers]

    square = Together(work, most=8)
    with ThreadPoolExecutor(21) as crowd:
        first = crowd.submit(square, 100)
        assert going.wait(10)
        others = [crowd.submit(square, number) for number in range(20)]
        while len(square._waiting) < 20:
            time.sleep(0.001)
        go_on.set()
        assert [other.result(10) for other in others] == [number**2 for number in range(20)]
        assert first.result() == 10_000
    assert goes == [1, 8, 8, 4]


def test_what_goes_wrong_is_raised_for_those_it_was_done_for_and_the_next_go_on():
    def work(numbers):
        return [10 / number for number in numbers]

    divide = Together(work)
    with pytest.raises(ZeroDivisionError):
        divide(0)
    assert divide(5) == 2


def test_visitors_at_the_same_time_read_the_same_words_as_one_by_one(captioner: Captioner, examples):
    shared = SharedCaptioner("default", captioner)
    ways = 1, 3, Search("diverse"), Search("nucleus", seed=4), Search("nucleus", seed=5)
    asked = [(photo, way) for photo in examples for way in ways]

    def caption(photo, way):
        features, looked = shared.encode(photo)
        found, wrote = shared.decode(features, way)
        assert looked > 0 and wrote > 0
        return found.text

    with ThreadPoolExecutor(len(asked)) as crowd:
        together = list(crowd.map(caption, *zip(*asked, strict=True)))
    alone = [way if isinstance(way, Search) else Search(beam_width=way) for _, way in asked]
    assert together == [captioner.caption(photo, search=way).text for (photo, _), way in zip(asked, alone, strict=True)]
