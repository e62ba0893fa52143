"""What a JPEG file says of itself without being decoded: its segments, its scans, and where it ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

START, END, SCAN = 0xD8, 0xD9, 0xDA
MOST_SEGMENTS = 20_000  # an honest file has some hundreds; what follows is not looked at
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # neither a stuffed byte nor a restart


class Segment(NamedTuple):
    """A marker's place in the file; a scan's segment ends where its header does."""

    marker: int
    start: int
    end: int
    body: bytes


@dataclass
class Frame:
    """The first picture of a file.

    Attributes:
        size: width and height in pixels; None where no frame is declared.
        progressive: whether its scans refine each other, for which the decoder keeps all coefficients.
        shares: component -> its samples a pixel, 1 at full resolution.
        samples: a pixel, of all components.
        scans: (components, first coefficient, last, bit that is refined) of each scan.
        end: behind its end marker; None where there is none.
        coded_in_huffman: whether it is coded in the ordinary way; arithmetic coding takes several times as long.
    """

    size: tuple[int, int] | None = None
    progressive: bool = False
    shares: dict[int, float] = field(default_factory=dict)
    samples: float = 0
    scans: list[tuple[bytes, int, int, int]] = field(default_factory=list)
    end: int | None = None
    coded_in_huffman: bool = True

    @property
    def passes(self) -> float:
        """How often a decoder goes over the picture, counted in samples a pixel: what decoding it costs."""
        return sum(self.shares.get(component, 1) for components, *_ in self.scans for component in components)

    @property
    def kept(self) -> int:
        """Bytes of coefficients that a decoder keeps, as it does where one scan does not say all of the picture."""
        in_parts = self.progressive or any(len(components) < len(self.shares) for components, *_ in self.scans[:1])
        return int(2 * self.samples * self.size[0] * self.size[1]) if self.size and in_parts else 0

    @property
    def whole(self) -> bool:
        """Whether the scans say all of every component, down to the last bit."""
        finest = {}
        for components, first, last, bit in self.scans:
            for component in components:
                finest |= {(component, each): bit for each in range(first, min(last, 63) + 1)}
        said = (finest.get((component, each)) == 0 for component in self.shares for each in range(64))
        return bool(self.shares) and all(said)


def segments(content: bytes, start: int = 0) -> Iterator[Segment]:
    """The segments of one picture from its start marker to its end marker or the end of the file."""
    position = start
    for _ in range(MOST_SEGMENTS):
        if not (found := _MARKER.search(content, position)):
            return
        marker, begin = content[found.end() - 1], found.start()
        bare = marker in (START, END, 0x01)
        length = 0 if bare else int.from_bytes(content[begin + 2 : begin + 4], "big")
        position = begin + 2 + length
        yield Segment(marker, begin, position, content[begin + 4 : position])
        if marker == END:
            return


def frame_of(content: bytes) -> Frame:
    """The first picture of a JPEG file, as its headers have it."""
    frame = Frame()
    for segment in segments(content):
        body = segment.body
        if segment.marker in FRAMES and len(body) >= 6 and frame.size is None:
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            frame.size, frame.progressive = (width, height), segment.marker in (0xC2, 0xC6, 0xCA, 0xCE)
            frame.coded_in_huffman = segment.marker < 0xC8
            parts = [body[place : place + 3] for place in range(6, min(6 + 3 * body[5], len(body) - 2), 3)]
            sampling = [((part[1] >> 4) or 1) * ((part[1] & 15) or 1) for part in parts]
            frame.samples = sum(sampling) / max(sampling, default=1)
            frame.shares = {part[0]: share / max(sampling) for part, share in zip(parts, sampling, strict=True)}
        elif segment.marker == SCAN and body:
            frame.scans.append(_scan(body))
        elif segment.marker == END:
            frame.end = segment.end
    return frame


def _scan(body: bytes) -> tuple[bytes, int, int, int]:
    count = body[0]
    components = body[1 : 1 + 2 * count : 2]
    first, last, bits = (body[1 + 2 * count :] + bytes(3))[:3]
    return components, first, last, bits & 15
