"""What a scoring function tells about itself and computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from attention_core.backend import tf

Shape = tuple[int, ...]


@dataclass(frozen=True)
class ScoringFunction:
    """Base of every scoring function: how much query i matches key j.

    A new one is a file `functions/<name>.py` with a subclass and `function = Subclass()`. It must
    set the texts and write `factors`, or `scores` where it is not bilinear; the other attributes
    default to the common case.
    """

    # `label` and `description` are English, marked with `gettext_noop`; an application translates them.
    name: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    # The score of query i and key j, as LaTeX and as the inside of a MathML <math> element.
    formula: ClassVar[str]
    mathml: ClassVar[str]
    source: ClassVar[str]
    # Where it stands in lists; ties go by name.
    order: ClassVar[int] = 100
    # Whether its scores are multiplied by a scale, 1/√d_k unless given.
    takes_scale: ClassVar[bool] = False
    # Whether a score is a product of a vector for the query and one for the key: whether it has `factors`.
    bilinear: ClassVar[bool] = True
    # Whether those vectors are the query and the key themselves.
    takes_rows_as_they_are: ClassVar[bool] = False
    # Whether query and key must be equally wide.
    same_width: ClassVar[bool] = True

    def parameter_shapes(self, d_q: int, d_k: int, u: int) -> Mapping[str, Shape]:
        """Return the learned parameters of one head, in the order in which they are drawn.

        Args:
            d_q, d_k: widths of one head's query and key.
            u: width of the hidden layer, for functions that have one.
        """
        return {}

    def factors(self, query: Any, key: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return (q', k') with score(i, j) = q'ᵢ·k'ⱼ: (…, n_q, d) and (…, n_k, d).

        What is a product of two matrices can be computed for a block of queries at a time, so that the
        n_q · n_k scores need never exist at once.

        Args:
            query: (…, n_q, d_q) floating point tensor or array.
            key: (…, n_k, d_k), of the same type.
            parameters: tensors of `parameter_shapes`, each with the same leading axes or none.
        """
        raise NotImplementedError(f"{self.name} has no factors")

    def scores(self, query: Any, key: Any, parameters: Mapping[str, Any]) -> Any:
        """Return the scores before scale, temperature and mask: (…, n_q, n_k). Arguments as of `factors`."""
        return tf.matmul(*self.factors(query, key, parameters), transpose_b=True)
