"""Image features + previous tokens -> next-token logits.

Every decoder speaks three sentences. In training it reads a whole caption at once: `decoder(features, token_ids)`. In
search it goes word by word: `state = decoder.start(features)`, then `decoder.step(token_ids, state)`.

Rows of token ids may outnumber the pictures by a whole factor (five captions of a picture in training, the hypotheses
of a beam in search): picture i then owns rows i * factor to (i + 1) * factor, and its features are held once.

A decoder says of itself whether it `attends` to the regions, and whether it `reads_prefixes`: every beginning of a
caption anew. Such a one is trained by `after(prefixes, picture)`.
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
