"""BERT's encoder in float64 NumPy, written from the paper and with nothing of the core, one sentence at a time."""

import math

import numpy as np

erf = np.vectorize(math.erf, otypes=[float])


def encode(arrays, ids, *, num_heads, without_attention=(), shuffle=None, uniform=False, epsilon=1e-12):
    """Return hidden (n, width) and attention (layers, heads, n, n).

    In the layers `without_attention` no token looks at another: only the bias of the output matrix is added.
    `shuffle` (layers, n) moves weights: those of a row that belong at shuffle[j] go to j. `uniform` makes all equal.
    """

    def take(name):
        return np.asarray(arrays[name], np.float64)

    def linear(x, name):
        return x @ take(f"{name}.weight").T + take(f"{name}.bias")

    def norm(x, name):
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon)
        return scaled * take(f"{name}.weight") + take(f"{name}.bias")

    def split(x):
        return x.reshape(len(ids), num_heads, -1).swapaxes(0, 1)

    hidden = take("embeddings.word_embeddings.weight")[list(ids)]
    hidden = hidden + take("embeddings.position_embeddings.weight")[: len(ids)]
    hidden = norm(hidden + take("embeddings.token_type_embeddings.weight")[0], "embeddings.LayerNorm")
    attention = []
    while f"encoder.layer.{len(attention)}.output.dense.weight" in arrays:
        layer = f"encoder.layer.{len(attention)}"
        query, key, value = (
            split(linear(hidden, f"{layer}.attention.self.{name}")) for name in ("query", "key", "value")
        )
        scaled = query @ key.swapaxes(1, 2) / np.sqrt(query.shape[-1])
        powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        weights = powers / powers.sum(axis=-1, keepdims=True)
        if shuffle is not None:
            weights = weights[:, :, list(shuffle[len(attention)])]
        if uniform:
            weights = np.full_like(weights, 1 / len(ids))
        joined = (weights @ value).swapaxes(0, 1).reshape(hidden.shape)
        if len(attention) in without_attention:
            attended = take(f"{layer}.attention.output.dense.bias")
        else:
            attended = linear(joined, f"{layer}.attention.output.dense")
        attended = norm(hidden + attended, f"{layer}.attention.output.LayerNorm")
        inner = linear(attended, f"{layer}.intermediate.dense")
        inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
        hidden = norm(attended + linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        attention.append(weights)
    return hidden, np.stack(attention)


def random_arrays(*, layers=2, width=12, inner=20, num_tokens=30, max_length=16, seed=0):
    """Return arrays of a small encoder, by the names of the original implementation, float64."""
    generator = np.random.default_rng(seed)
    shapes = {
        "embeddings.word_embeddings.weight": (num_tokens, width),
        "embeddings.position_embeddings.weight": (max_length, width),
        "embeddings.token_type_embeddings.weight": (2, width),
    }
    norms, linears = ["embeddings.LayerNorm"], {}
    for number in range(layers):
        layer = f"encoder.layer.{number}"
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        parts = ("self.query", "self.key", "self.value", "output.dense")
        linears |= {f"{layer}.attention.{part}": (width, width) for part in parts}
        linears |= {
            f"{layer}.intermediate.dense": (inner, width),
            f"{layer}.output.dense": (width, inner),
        }
    for name in norms:
        shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    for name, shape in linears.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return {name: generator.normal(size=shape) for name, shape in shapes.items()}
