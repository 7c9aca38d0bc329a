"""Seeded parameters: the numbers themselves are a contract, clients compute them too."""

import math

import numpy as np
import pytest

import attention_core
from attention_core import reference
from attention_core.functions import function
from attention_core.parameters import seeded_parameters


def uniform(seed, *draws):
    """Draw arrays one after another from one generator: (limit, shape) each."""
    generator = np.random.Generator(np.random.PCG64(seed))
    return [generator.uniform(-limit, limit, shape) for limit, shape in draws]


def test_general_draws_one_glorot_matrix():
    drawn = seeded_parameters(function("general"), d_q=3, d_k=5, num_heads=1, seed=7)
    assert list(drawn) == ["weight"]
    np.testing.assert_array_equal(drawn["weight"], uniform(7, (math.sqrt(6 / 8), (3, 5)))[0])


def test_additive_draws_query_weight_key_weight_vector():
    drawn = seeded_parameters(function("additive"), d_q=3, d_k=5, num_heads=1, seed=7)
    want = uniform(7, (math.sqrt(6 / 8), (3, 5)), (math.sqrt(6 / 10), (5, 5)), (math.sqrt(6 / 6), (5,)))
    assert list(drawn) == ["query_weight", "key_weight", "vector"]
    for array, expected in zip(drawn.values(), want, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_each_head_draws_all_its_parameters_before_the_next():
    drawn = seeded_parameters(function("additive"), d_q=1, d_k=2, num_heads=2, seed=3)
    one = [(math.sqrt(6 / 3), (1, 2)), (math.sqrt(6 / 4), (2, 2)), (math.sqrt(6 / 3), (2,))]
    want = uniform(3, *one, *one)
    for position, array in enumerate(drawn.values()):
        np.testing.assert_array_equal(array, [want[position], want[position + 3]])


def test_functions_that_learn_nothing_draw_nothing():
    assert seeded_parameters(function("cosine"), d_q=2, d_k=2, num_heads=2, seed=0) == {}


@pytest.mark.parametrize("explain", [attention_core.explain, reference.explain])
@pytest.mark.parametrize("name", ["general", "additive"])
def test_giving_the_seeded_parameters_changes_nothing(explain, name):
    rng = np.random.default_rng(0)
    call = {
        "query": rng.normal(size=(2, 6)),
        "key": rng.normal(size=(3, 4)),
        "value": rng.normal(size=(3, 2)),
    }
    seeded = explain(**call, function=name, num_heads=2, seed=9)
    given = explain(**call, function=name, num_heads=2, parameters=seeded.parameters)
    np.testing.assert_array_equal(given.output, seeded.output)
    other = explain(**call, function=name, num_heads=2, seed=10)
    assert not np.allclose(other.output, seeded.output)
