"""`make fuzz`: a whole camp, and schemathesis against every call of its schema.

    python -m tests.fuzz.run [--examples 600] [--seed 1]

`--examples` is for each call and phase; a failure is printed with the curl that repeats it.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import tests.environment  # noqa: F401 — first: it keeps this off the data of a camp in use
from tests.running_camp import PASSWORD, PROJECT, RunningCamp

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance"
)
# The camp that is asked: one proxy in front of it, which the cases pretend to be.
CAMP = {"CAMP_TRUSTED_PROXIES": "1"}


@dataclass(frozen=True)
class Outcome:
    """`answers` counts by call and status, `failures` by check; `is_clean` also means that nothing broke off."""

    is_clean: bool
    answers: dict[str, dict[str, int]]
    failures: dict[str, int]
    output: str

    @property
    def cases(self) -> int:
        return sum(sum(statuses.values()) for statuses in self.answers.values())


def fuzz(
    camp: RunningCamp,
    folder: Path,
    *,
    examples: int,
    seed: int | None,
    phases: str = "examples,coverage,fuzzing",
) -> Outcome:
    """Every call of the schema, signed in: `examples` made-up cases each, and the edges that the schema names.

    Without a seed the cases are the same each time.
    """
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{camp.url}/api/schema/"),
        *("--generation-with-security-parameters", "false"),  # the hooks sign in
        *("--checks", CHECKS, "--phases", phases, "--max-examples", str(examples)),
        # Event streams do not end by themselves; tests/live/test_events.py has them.
        *("--exclude-operation-id", "followJob"),
        *("--generation-deterministic",) * (seed is None),
        *("--seed", str(seed), "--generation-database", "none") * (seed is not None),
        *("--continue-on-failure", "--suppress-health-check", "all", "--request-timeout", "60", "--no-color"),
    ]
    tally = folder / "tally.json"
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "SCHEMATHESIS_HOOKS": "tests.fuzz.sound_cases",
        "FUZZ_URL": camp.url,
        "FUZZ_PASSWORD": PASSWORD,
        "FUZZ_TOKEN": camp.client("fuzzer").headers["Authorization"].removeprefix("Token "),
        "FUZZ_SPARE": camp.client("spare-fuzzer").headers["Authorization"],
        "FUZZ_TALLY": str(tally),
    }
    # In the folder, for schemathesis keeps a cache where it is run.
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    found = json.loads(tally.read_text()) if tally.exists() else {"answers": {}, "failures": {}}
    return Outcome(done.returncode == 0, found["answers"], found["failures"], done.stdout + done.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description="Try every call of the API with made-up cases.")
    parser.add_argument("--examples", type=int, default=600, help="made-up cases for each call")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="camp-fuzz-") as folder,
        RunningCamp(Path(folder), **CAMP) as camp,
    ):
        outcome = fuzz(camp, Path(folder), examples=chosen.examples, seed=chosen.seed)
    print(outcome.output)
    for name, statuses in sorted(outcome.answers.items()):
        print(f"{name:14}", "  ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    end = "" if outcome.is_clean or outcome.failures else "; broken off, see above"
    print(f"{outcome.cases} cases, {sum(outcome.failures.values())} failures, seed {chosen.seed}{end}")
    return 0 if outcome.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
