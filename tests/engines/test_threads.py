"""One captioner for several threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from captioner import open_image

THREADS, ROUNDS = 4, 3


def test_threads_that_share_a_captioner_get_what_each_would_get_alone(captioner, examples):
    pictures = [open_image(path) for path in examples]
    asked = [(picture, width) for picture in pictures for width in (1, 3)] * ROUNDS
    alone = [captioner.caption(*each) for each in asked[: len(asked) // ROUNDS]]
    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(lambda each: captioner.caption(*each), asked))
    for number, caption in enumerate(together):
        expected = alone[number % len(alone)]
        assert caption == expected and np.isclose(caption.score, expected.score)


def test_threads_may_mix_batches_and_single_pictures(captioner, examples):
    alone = [caption.text for caption in captioner.caption_batch(examples[:6])]
    with ThreadPoolExecutor(THREADS) as pool:
        batches = [
            pool.submit(captioner.caption_batch, examples[:6], 3, None, neutral) for neutral in (False, True) * 2
        ]
        singles = list(pool.map(captioner.caption, examples[:6]))
    assert [caption.text for caption in singles] == alone
    assert batches[0].result() == batches[2].result() and batches[1].result() == batches[3].result()
