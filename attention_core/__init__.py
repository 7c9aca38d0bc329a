"""Attention over TensorFlow tensors and NumPy arrays, and every stage of it for teaching.

Importing this package does not load TensorFlow; calling `attend` or `explain` does.
"""

from attention_core.attention import attend
from attention_core.explanation import Explanation
from attention_core.linear import linear_attention
from attention_core.many import attend_many
from attention_core.many_stages import explain_many
from attention_core.multi_head import multi_head
from attention_core.projections import Projections
from attention_core.stages import explain

__version__ = "0.1.0"

__all__ = [
    "Explanation",
    "Projections",
    "__version__",
    "attend",
    "attend_many",
    "explain",
    "explain_many",
    "linear_attention",
    "multi_head",
]
