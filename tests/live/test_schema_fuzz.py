"""A few hundred made-up cases against every call: no server error, and no answer off the schema. `make fuzz` tries more."""

from pathlib import Path

from camp.api.schema_calls import CALLS
from tests.fuzz.run import CAMP, fuzz
from tests.running_camp import RunningCamp


def test_made_up_cases_find_no_server_error_and_no_answer_off_the_schema(tmp_path: Path) -> None:
    # A camp of its own: to the others the cases would be too many from one address.
    with RunningCamp(tmp_path, **CAMP) as camp:
        outcome = fuzz(camp, tmp_path, examples=25, seed=None, phases="examples,fuzzing")
    assert outcome.is_clean, outcome.output
    assert outcome.failures == {}
    assert outcome.cases >= 200, outcome.answers
    assert len(outcome.answers) == len(CALLS) - 2, (
        "every call but the event stream and one that is not fuzzed"
    )
    # Sound cases were among them, or half of the camp was never reached.
    for call, status in (
        ("submitJob", "201"),
        ("getResult", "200"),
        ("submitBatch", "201"),
        ("getJob", "200"),
    ):
        assert outcome.answers[call].get(status), (call, outcome.answers[call])
