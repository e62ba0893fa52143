"""The losses for teacher forcing: cross-entropy with the word people wrote, or with what other models predict."""

from collections.abc import Callable

from keras import ops

from captioner.vocabulary import PAD


def caption_loss(label_smoothing: float) -> Callable:
    """Cross-entropy per token without `PAD`, with label smoothing (Szegedy et al. 2016, arXiv 1512.00567).

    Returns one value per row, so that rows can be weighted; their mean is the mean over all tokens in the batch.
    """

    def loss(targets, logits):  # [rows, length], [rows, length, vocabulary]
        targets = ops.cast(targets, "int32")
        surprise = ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)  # [rows, length]
        if label_smoothing:
            of_any_word = ops.logsumexp(logits, axis=-1) - ops.mean(logits, axis=-1)
            surprise = (1 - label_smoothing) * surprise + label_smoothing * of_any_word
        counted = ops.cast(targets != PAD, logits.dtype)
        rows = ops.cast(ops.shape(counted)[0], logits.dtype)
        return ops.sum(surprise * counted, axis=-1) * rows / ops.sum(counted)  # [rows]

    return loss


def taught_loss(targets, logits):
    """Cross-entropy with probabilities `[rows, length, vocabulary]` as targets; per row, as in `caption_loss`."""
    surprise = -ops.sum(targets * ops.log_softmax(logits), axis=-1)  # [rows, length]
    rows = ops.cast(ops.shape(targets)[0], logits.dtype)
    return ops.sum(surprise, axis=-1) * rows / ops.sum(targets)  # [rows]
