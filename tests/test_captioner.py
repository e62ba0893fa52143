"""The library as its users call it: pictures in, captions out, with the model that comes along."""

import io
import json
import math

import numpy as np
import pytest
from PIL import Image

from captioner import ImageError, open_image
from captioner.__main__ import main
from tests.conftest import printed


def test_a_caption_is_words_with_probabilities_and_attention(captioner, examples):
    for photo in examples:
        caption = captioner.caption(photo)
        assert caption.text == " ".join(word.text for word in caption.words)
        assert 3 <= len(caption.words) <= captioner.model.decoding.max_length
        assert not {"<pad>", "<start>", "<end>", "<unk>"} & {word.text for word in caption.words}
        for word in caption.words:
            assert 0 < word.probability <= 1
            assert word.attention.shape == (7, 7)
            assert 0 < word.attention.sum() <= 1 + 1e-3  # the rest is for the words that the look sees


def test_the_score_is_the_mean_log_probability_a_token(captioner, examples):
    caption = captioner.caption(examples[0], beam_width=1)
    words = sum(math.log(word.probability) for word in caption.words)
    assert caption.log_probability <= words + 1e-4  # the end token's share is the rest
    assert caption.score == pytest.approx(caption.log_probability / (len(caption.words) + 1), abs=1e-4)


def test_a_dog_is_called_a_dog(captioner, examples):
    [dog] = [photo for photo in examples if photo.stem == "dog"]
    assert "dog" in captioner.caption(dog, beam_width=3).text


def test_beam_search_returns_its_other_hypotheses_best_first(captioner, examples):
    caption = captioner.caption(examples[0], beam_width=5)
    everything = [caption, *caption.others]
    assert len({hypothesis.text for hypothesis in everything}) == 5
    scores = [hypothesis.score for hypothesis in everything]
    if captioner.model.decoding.length_penalty == 1:
        assert scores == sorted(scores, reverse=True)
    assert captioner.caption(examples[0], beam_width=1).others == ()


def test_a_batch_gives_what_one_by_one_gives(captioner, examples):
    batch = captioner.caption_batch(examples, beam_width=3)
    assert [caption.text for caption in batch] == [captioner.caption(photo, 3).text for photo in examples]
    assert captioner.caption_batch([]) == []


def test_every_form_of_a_picture_gives_the_same_caption(captioner, examples):
    picture = open_image(examples[0])
    file = io.BytesIO(examples[0].read_bytes())
    forms = [str(examples[0]), examples[0].read_bytes(), file, picture, np.asarray(picture)]
    assert len({captioner.caption(form).text for form in forms}) == 1


def test_features_once_captions_often(captioner, examples):
    features = captioner.encode(examples[:2])
    assert features.shape == (2, 49, 1280)
    for width in (1, 2, 4):
        assert [c.text for c in captioner.decode(features, width)] == [
            c.text for c in captioner.caption_batch(examples[:2], width)
        ]


def test_a_sideways_phone_photo_is_captioned_upright(captioner, examples):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter to the left in the file
    sideways = io.BytesIO()
    open_image(examples[0]).rotate(90, expand=True).save(sideways, "PNG", exif=exif)
    assert captioner.caption(sideways.getvalue()).text == captioner.caption(open_image(examples[0])).text


def test_bad_pictures_and_settings_are_refused(captioner, examples):
    with pytest.raises(ImageError):
        captioner.caption(b"not a picture")
    with pytest.raises(ValueError, match="beam width"):
        captioner.caption(examples[0], beam_width=0)


def test_the_shell_prints_one_caption(captioner, examples, capsys):
    assert main([str(examples[0])]) == 0
    caption = captioner.caption(examples[0])
    assert capsys.readouterr().out == printed(caption) + "\n"


def test_the_shell_writes_json_a_photo_a_line_and_goes_on_past_a_bad_one(examples, tmp_path, capsys):
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    assert main([str(examples[0]), str(broken), str(examples[1]), "--json", "--beam-width", "2"]) == 1
    output = capsys.readouterr()
    records = [json.loads(line) for line in output.out.splitlines()]
    assert [record["file"] for record in records] == [str(examples[0]), str(broken), str(examples[1])]
    assert records[1]["caption"] is None and "broken.jpg" in records[1]["error"]
    assert all(len(record["caption"]["others"]) == 1 and record["caption"]["words"] for record in records[::2])
    assert "broken.jpg" in output.err
    assert "Traceback" not in output.err


def test_the_shell_names_a_missing_model(examples, tmp_path, capsys):
    assert main([str(examples[0]), "--model", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["a.jpg", "--beam-width", "0"], ["a.jpg", "--beam-width", "x"]])
def test_the_shell_refuses_nonsense(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
