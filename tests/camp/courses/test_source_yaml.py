"""YAML that an instructor types is read, or refused with its line; it is never a fault of ours."""

import pytest

from camp.courses.blocks import Unfit
from camp.courses.source_yaml import read

MISFITS = [
    "a: 0x" + "f" * 5000, "a: !!int ''", "a: !!float ''", "a: !!bool x", "a: !!timestamp x", "a: !!int +", "a: !!map [b]",
    "a: !!set [b]", "a: !!python/name:os.system", "a: [", "a: *b", "a: 1\na: 2", "1: a", "[" * 5000, 'a: "\\ud800"', 'a: "\\0"', '"\\ud800": b',
]  # fmt: skip


@pytest.mark.parametrize("text", MISFITS)
def test_what_is_no_yaml_of_ours_is_refused(text: str) -> None:
    with pytest.raises(Unfit, match=r"^YAML: ") as refused:
        read(text)
    assert refused.value.line >= 1


def test_a_text_that_begins_with_a_truth_is_a_text() -> None:
    assert read("- true\n- False\n- true attention\n- falsehood") == [
        True,
        False,
        "true attention",
        "falsehood",
    ]
