"""Photos that cannot be read, among those one can learn from."""

from captioner.data import Example
from captioner.data.readable import readable


def test_photos_that_cannot_be_read_are_named_and_left_out(examples, tmp_path, capsys):
    (tmp_path / "bad.jpg").write_bytes(examples[0].read_bytes()[:500])
    found = [Example(path, ("a dog",)) for path in (examples[0], tmp_path / "bad.jpg", examples[1])]
    assert readable(found) == [found[0], found[2]]
    assert '"bad.jpg"' in capsys.readouterr().err
