"""`make bench`: every case in turn, a table as it goes, then the files in docs/benchmarks/.

BENCH_ARGS="--only causal --rounds 9 --no-files" limits it.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

from bench import machine, memory, report
from bench.cases import CASES, MEMORY_CASES, Case
from bench.peers import OURS, PEERS, TORCH
from bench.timing import interleave


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default="", help="cases whose name has this text")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-files", action="store_true", help="write nothing to docs/benchmarks/")
    asked = parser.parse_args()
    about = machine.describe()
    for name, value in about.items():
        print(f"{name:20} {value}")
    peak = machine.sgemm_peak()
    print(f"{'sgemm peak':20} {peak / 1e9:.1f} GFLOP/s\n")
    timed = [_time(case, asked.rounds, peak) for case in CASES if asked.only in case.name]
    print()
    remembered = [_remember(case) for case in MEMORY_CASES if asked.only in case.name]
    if not asked.no_files:
        for path in report.write(about, peak, asked.rounds, timed, remembered):
            print(f"written: {path}")


def _time(case: Case, rounds: int, peak: float) -> report.Timing:
    runs = {name: run for name, make in PEERS.items() if (run := make(case)) is not None}
    times = interleave(runs, rounds=rounds)
    row = report.Timing(
        case.name,
        case.goal,
        milliseconds={name: each.median * 1e3 for name, each in times.items()},
        ratios={name: each.ratio_to(times[TORCH]) for name, each in times.items()},
        # Backward makes five products of forward's two, and ours computes the scores again.
        share=None if case.backward or case.n < 256 else case.operations / times[OURS].median / peak,
    )
    print(row.line(), flush=True)
    return row


def _remember(case: Case) -> report.Memory:
    row = report.Memory(
        case.name,
        case.goal,
        {name: found for name in PEERS if (found := memory.peak(name, case)) is not None},
    )
    print(row.line(), flush=True)
    return row


if __name__ == "__main__":
    main()
