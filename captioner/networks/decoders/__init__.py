"""Image features + previous tokens -> next-token logits.

Every decoder has three calls. In training it reads a whole caption at once: `decoder(features, token_ids)`. In search
it goes word by word: `state = decoder.start(features)`, then `decoder.step(token_ids, state)`.

There may be several rows of token ids per picture (its captions in training, the hypotheses of its beam in search), as
many for each: picture i then has rows i * factor to (i + 1) * factor, and its features are stored once.

`attends` says whether a decoder attends to the regions; `looks`, whether it has a look, and so `information(features)`;
`reads_prefixes`, whether it rereads the caption for every word. A decoder that does is trained with `after(prefixes,
picture)`.
"""

from captioner.networks.decoders.attention import AttentionDecoder
from captioner.networks.decoders.bidirectional import BidirectionalDecoder
from captioner.networks.decoders.classic import InjectDecoder, MergeDecoder, SequenceDecoder
from captioner.networks.decoders.state import State

DECODERS = {
    "attention": AttentionDecoder,
    "merge": MergeDecoder,
    "inject": InjectDecoder,
    "sequence": SequenceDecoder,
    "bidirectional": BidirectionalDecoder,
}

__all__ = [
    "DECODERS",
    "AttentionDecoder",
    "BidirectionalDecoder",
    "InjectDecoder",
    "MergeDecoder",
    "SequenceDecoder",
    "State",
]
