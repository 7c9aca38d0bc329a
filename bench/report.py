"""The figures of a run as lines, as JSON, as Markdown and as a picture."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from bench.peers import OURS, PEERS, TORCH

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"


@dataclass(frozen=True)
class Timing:
    """One case: medians in milliseconds, ratios to PyTorch, our share of the sgemm peak."""

    name: str
    goal: float | None
    milliseconds: dict[str, float]
    ratios: dict[str, float]
    share: float | None

    def cells(self) -> list[str]:
        ratios = [_figure(self.ratios.get(peer)) for peer in PEERS if peer != TORCH]
        goal = "" if self.goal is None else f"≤ {self.goal:g}"
        share = "" if self.share is None else f"{self.share:.0%}"
        times = [_figure(self.milliseconds.get(peer)) for peer in (OURS, TORCH)]
        return [self.name, *ratios, goal, *times, share]

    def line(self) -> str:
        ours, goal = self.ratios[OURS], self.goal
        verdict = "" if goal is None else "  met" if ours <= goal else "  MISSED"
        others = ", ".join(f"{peer} {_figure(ratio)}" for peer, ratio in self.ratios.items() if peer != TORCH)
        return (
            f"{self.name:26} {others}  goal {goal or '-'}{verdict}  ({_figure(self.milliseconds[OURS])} ms)"
        )


@dataclass(frozen=True)
class Memory:
    """One case: peak MiB over what the process had before, by peer."""

    name: str
    goal: float | None
    mebibytes: dict[str, float]

    def cells(self) -> list[str]:
        figures = [f"{self.mebibytes[peer]:.0f}" if peer in self.mebibytes else "" for peer in PEERS]
        return [self.name, *figures, "" if self.goal is None else f"≤ {self.goal:g}"]

    def line(self) -> str:
        figures = ", ".join(f"{peer} {found:.0f}" for peer, found in self.mebibytes.items())
        return f"{self.name:26} peak MiB: {figures}  goal {self.goal or '-'}"


def write(
    about: dict[str, str], peak: float, rounds: int, timed: list[Timing], remembered: list[Memory]
) -> list[Path]:
    """Write the run to docs/benchmarks/ and return the paths."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    run = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": about,
        "sgemm_peak_gflops": round(peak / 1e9, 1),
        "rounds": rounds,
        "times": [asdict(row) for row in timed],
        "memory": [asdict(row) for row in remembered],
    }
    files = {
        "attention.json": json.dumps(run, indent=1, ensure_ascii=False) + "\n",
        "attention.svg": picture(timed),
        "README.md": _markdown(run, timed, remembered),
    }
    for name, text in files.items():
        (FOLDER / name).write_text(text)
    return [FOLDER / name for name in files]


def _markdown(run: dict[str, object], timed: list[Timing], remembered: list[Memory]) -> str:
    about = run["machine"]
    assert isinstance(about, dict)
    peers = [peer for peer in PEERS if peer != TORCH]
    lines = [
        "# Attention beside its peers",
        "",
        f"`make bench` on {run['date']}: medians of {run['rounds']} rounds in turn, float32, forward unless it says",
        "backward. Ratios are times as multiples of PyTorch's scaled_dot_product_attention: below 1 is faster. The goal",
        "is for attention_core. The share is of the machine's own matrix product,",
        f"{run['sgemm_peak_gflops']} GFLOP/s.",
        "",
        "![Ratios to PyTorch](attention.svg)",
        "",
        _table(
            ["heads × n", *peers, "goal", "ours, ms", "PyTorch, ms", "share of peak"],
            [t.cells() for t in timed],
        ),
        "",
        "Peak memory over what the process had before the call, in MiB, each in a process of its own:",
        "",
        _table(["heads × n", *PEERS, "goal"], [row.cells() for row in remembered]),
        "",
        "The machine:",
        "",
        *(f"- {name}: {value}" for name, value in about.items()),
        "",
    ]
    return "\n".join(lines)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _figure(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:.3g}" if number < 100 else f"{number:.0f}"


ROW, LEFT, WIDTH = 34, 190, 560
SHADES = {"attention_core": "#0b6e99", "plain TensorFlow": "#c7822b", "keras.ops": "#8a6bb1"}


def picture(timed: list[Timing]) -> str:
    """Return an SVG: a bar for each peer's ratio to PyTorch, up to 2.5; a line at 1, a tick at the goal."""
    most = 2.5

    def across(ratio: float) -> float:
        return LEFT + WIDTH * min(ratio, most) / most

    height = ROW * len(timed) + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {height}" font-family="sans-serif" '
        'font-size="12" role="img"><title>Time as a multiple of PyTorch’s, by case; shorter is faster</title>',
        f'<rect width="100%" height="{height}" fill="#fff"/>',
    ]
    for place, (peer, shade) in enumerate(SHADES.items()):
        parts.append(f'<rect x="{LEFT + 150 * place}" y="8" width="12" height="12" fill="{shade}"/>')
        parts.append(f'<text x="{LEFT + 150 * place + 18}" y="18">{peer}</text>')
    for number, row in enumerate(timed):
        top = 34 + ROW * number
        parts.append(f'<text x="{LEFT - 8}" y="{top + 17}" text-anchor="end">{escape(row.name)}</text>')
        for place, (peer, shade) in enumerate(SHADES.items()):
            if (ratio := row.ratios.get(peer)) is None:
                continue
            y = top + 9 * place
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{across(ratio) - LEFT:.1f}" height="8" fill="{shade}"/>'
                f'<text x="{across(ratio) + 4:.1f}" y="{y + 8}" font-size="9">{_figure(ratio)}</text>'
            )
        if row.goal is not None and row.goal <= most:
            x = across(row.goal)
            parts.append(f'<path d="M{x:.1f} {top - 2}v12" stroke="#000" stroke-width="2"/>')
    parts.append(f'<path d="M{across(1):.1f} 28V{height - 20}" stroke="#555" stroke-dasharray="4 3"/>')
    parts.append(f'<text x="{across(1):.1f}" y="{height - 6}" text-anchor="middle">1 = PyTorch</text></svg>')
    return "\n".join(parts) + "\n"
