"""GloVe files as they are published, and as they break."""

import zipfile

import numpy as np
import pytest

from captioner.data.glove import read_glove
from captioner.errors import DataError
from captioner.vocabulary import PAD, SPECIALS, Vocabulary

LINES = ["the 0.5 -1 2e-1", "dog 1 2 3", "runs 4 5 6"]


@pytest.fixture
def write(tmp_path):
    """A function that writes lines into a file and returns its path."""

    def write(lines, name="glove.txt"):
        path = tmp_path / name
        path.write_bytes(b"".join(line if isinstance(line, bytes) else f"{line}\n".encode() for line in lines))
        return path

    return write


@pytest.fixture
def pack(tmp_path):
    """A function that writes a zip of texts and returns its path."""

    def pack(members, name="glove.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, text in members.items():
                archive.writestr(member, text)
        return path

    return pack


def test_every_word_gets_its_own_vector_in_its_own_row(write):
    glove = read_glove(write(LINES), ["runs", "the"])
    np.testing.assert_array_equal(glove.matrix, np.array([[4, 5, 6], [0.5, -1, 0.2]], "float32"))
    assert glove.matrix.dtype == np.float32
    assert (glove.found, glove.missing, glove.coverage) == (2, (), 1.0)


def test_coverage_counts_words_and_not_special_tokens(write):
    glove = read_glove(write(LINES), [*SPECIALS, "dog", "axolotl", "runs", "quokka"])
    assert (glove.found, glove.missing, glove.coverage) == (2, ("axolotl", "quokka"), 0.5)


def test_padding_is_zero_even_where_the_file_knows_better(write):
    glove = read_glove(write([*LINES, "<pad> 7 7 7"]), [*SPECIALS, "dog"])
    assert not glove.matrix[PAD].any()
    assert glove.matrix[1:].any(axis=1).all()


def test_a_special_token_that_the_file_has_is_used(write):
    glove = read_glove(write([*LINES, "<unk> 7 8 9"]), [*SPECIALS, "dog"])
    assert glove.matrix[3].tolist() == [7, 8, 9]
    assert glove.found == 1


def test_drawn_vectors_follow_the_found_ones_in_each_dimension(write):
    random = np.random.default_rng(1)
    found = random.normal([5, -3], [0.1, 2], (200, 2))
    lines = [f"word{index} {a:.5f} {b:.5f}" for index, (a, b) in enumerate(found)]
    words = [*(f"word{index}" for index in range(200)), *(f"new{index}" for index in range(2000))]
    drawn = read_glove(write(lines), words).matrix[200:]
    np.testing.assert_allclose(drawn.mean(0), found.mean(0), atol=0.15)
    np.testing.assert_allclose(drawn.std(0), found.std(0), rtol=0.1)


def test_drawn_vectors_follow_the_seed(write):
    path, words = write(LINES), ["dog", "runs", "quokka"]
    first, again, other = (read_glove(path, words, seed=seed).matrix for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[2], other[2])
    np.testing.assert_array_equal(first[:2], other[:2])


def test_tokens_with_spaces_do_not_shift_the_numbers(write):
    # These and their like stand in glove.840B.300d.txt.
    path = write([*LINES, ". . . 7 8 9", "at name@domain.com 1 1 1", "cat 3 2 1"])
    glove = read_glove(path, ["cat", ". . .", "at name@domain.com", "at", "."])
    assert glove.matrix[:3].tolist() == [[3, 2, 1], [7, 8, 9], [1, 1, 1]]
    assert glove.missing == ("at", ".")


def test_tokens_that_look_like_a_line_break_are_tokens(write):
    glove = read_glove(write([*LINES, "\x85 1 1 1", "\u2028 2 2 2", "\xa0 3 3 3", "cat 9 9 9"]), ["cat", "\x85"])
    assert glove.matrix.tolist() == [[9, 9, 9], [1, 1, 1]]


def test_number_tokens_are_words_like_any_other(write):
    assert read_glove(write([*LINES, "2014 1 0 1"]), ["2014"]).matrix.tolist() == [[1, 0, 1]]


def test_of_a_repeated_token_the_first_counts(write):
    assert read_glove(write([*LINES, "dog 9 9 9"]), ["dog"]).matrix.tolist() == [[1, 2, 3]]


def test_windows_line_ends_a_last_line_without_end_and_blank_lines_are_read(write):
    path = write([b"the 1 2\r\n", b"\n", b"dog 3 4 \n", b"runs 5 6"])
    assert read_glove(path, ["runs", "dog"]).matrix.tolist() == [[5, 6], [3, 4]]


def test_a_word2vec_header_is_skipped(write):
    path = write(["3 3", *LINES])
    assert read_glove(path, ["the", "3"], dimension=3).missing == ("3",)


def test_a_word2vec_header_with_another_dimension_is_refused(write):
    with pytest.raises(DataError, match=r"glove\.txt, line 1: the file says it has 3 numbers per word, not 50"):
        read_glove(write(["3 3", *LINES]), ["the"], dimension=50)


@pytest.mark.parametrize("wrong", [2, 4, 50])
def test_a_wrong_dimension_is_refused_on_the_first_line(write, wrong):
    with pytest.raises(DataError, match=rf"glove\.txt, line 1: expected {wrong} numbers after the word, found 3"):
        read_glove(write(LINES), ["the"], dimension=wrong)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("cat 1 2", "expected 3 numbers after the word, found 2"),
        ("cat 1 2 3 4", "expected 3 numbers after the word, found 4"),
        ("cat", "expected 3 numbers after the word, found 0"),
        ("cat 1 oops 3", "b'oops' is not a number"),
        ("cat 1 nan 3", "b'nan' is not a number"),
        ("cat 1  3", "b'' is not a number"),
        (b"caf\xe9 1 2 3\n", "is not UTF-8"),
    ],
)
def test_a_broken_line_is_refused_with_its_number_though_nobody_wants_its_word(write, line, complaint):
    with pytest.raises(DataError, match=rf"glove\.txt, line 3: .*{complaint}"):
        read_glove(write(["3 3", LINES[0], line, *LINES[1:]]), ["dog"])


def test_a_number_with_two_points_is_refused_where_it_is_wanted(write):
    with pytest.raises(DataError, match=r"line 4: b'1\.2\.3' is not a number"):
        read_glove(write([*LINES, "cat 1 1.2.3 0"]), ["cat"])


@pytest.mark.parametrize("content", [b"", b"\n\n", b"<!DOCTYPE html>\n<html>\n", bytes(range(256))])
def test_a_file_without_vectors_is_refused(write, content):
    with pytest.raises(DataError, match=r"glove\.txt"):
        read_glove(write([content]), ["dog"])


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "nowhere.txt", tmp_path / "nowhere.zip", tmp_path):
        with pytest.raises(DataError, match="cannot be read"):
            read_glove(path, ["dog"])


def test_vectors_of_another_language_are_refused(write):
    with pytest.raises(DataError, match="has none of the 6 words"):
        read_glove(write([*LINES, "<unk> 1 1 1"]), [*SPECIALS, "Hund", "Katze"])


def packed_6b():
    return {f"glove.6B.{size}d.txt": f"dog{f' {size}' * size}\n" for size in (50, 100, 200, 300)}


@pytest.mark.parametrize("dimension", [50, 100, 200, 300])
def test_the_dimension_picks_the_file_out_of_the_zip(pack, dimension):
    matrix = read_glove(pack(packed_6b()), ["dog"], dimension).matrix
    assert matrix.tolist() == [[dimension] * dimension]


def test_without_a_dimension_a_zip_of_several_lists_them(pack):
    with pytest.raises(DataError, match=r"4 files.*glove\.6B\.100d\.txt.*glove\.6B\.50d\.txt"):
        read_glove(pack(packed_6b()), ["dog"])


def test_a_dimension_that_a_zip_does_not_have_lists_those_it_has(pack):
    with pytest.raises(DataError, match=r"25 dimensions.*glove\.6B\.50d\.txt"):
        read_glove(pack(packed_6b()), ["dog"], 25)


def test_a_zip_of_one_file_needs_no_dimension_and_may_carry_other_things(pack):
    path = pack({"README": "hello", "__MACOSX/._glove.txt": "\0", "glove.840B.300d.txt": "\n".join(LINES)})
    assert read_glove(path, ["dog"]).matrix.tolist() == [[1, 2, 3]]
    with pytest.raises(DataError, match=r"glove\.840B\.300d\.txt in .*, line 1: expected 300"):
        read_glove(path, ["dog"], 300)


def test_a_zip_without_vectors_is_refused(pack):
    with pytest.raises(DataError, match=r"has no glove\.\*\.txt"):
        read_glove(pack({"pictures.csv": "a,b"}), ["dog"])


def test_a_broken_zip_is_refused(pack, tmp_path):
    text = "".join(f"word{index} 0.1 0.2\n" for index in range(2000))
    data = bytearray(pack({"glove.txt": text}).read_bytes())
    (tmp_path / "cut.zip").write_bytes(data[:500])
    data[300:320] = bytes(20)
    (tmp_path / "flipped.zip").write_bytes(data)
    for name in ("cut.zip", "flipped.zip"):
        with pytest.raises(DataError, match=rf"{name}"):
            read_glove(tmp_path / name, ["word0"])


def test_the_published_vectors_cover_a_vocabulary(glove_file):
    vocabulary = Vocabulary([*SPECIALS, "in", "dog", "running", "quokka"])
    glove = read_glove(glove_file, vocabulary.tokens, 50)
    assert glove.matrix.shape == (8, 50)
    assert (glove.found, glove.missing) == (3, ("quokka",))
    np.testing.assert_allclose(glove.matrix[4, :3], [0.33042, 0.24995, -0.60874])
    dog, running, word_in = (glove.matrix[row] / np.linalg.norm(glove.matrix[row]) for row in (5, 6, 4))
    assert dog @ running > dog @ word_in


def test_one_bad_byte_in_the_published_file_is_found(glove_file, tmp_path):
    lines = glove_file.read_bytes().split(b"\n")
    lines[999] = lines[999].replace(b".", b",", 1)
    path = tmp_path / "glove.6B.50d.txt"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(DataError, match=r"line 1000: .*is not a number"):
        read_glove(path, ["in"])
