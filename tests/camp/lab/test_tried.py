"""The table of what was tried: figures as the core computed them, sorted, filtered, compared, taken along."""

import csv
import importlib
import io
import json
import math
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attention_core import agreement, catalogue
from attention_core.params import parse_params
from camp.accounts.models import User
from camp.lab import guesses, results, runner, services, together, tried_views
from camp.lab.models import Job, RunFigures
from tests.camp.callers import ARTICLE

Submit = Callable[..., Job]
pytestmark = pytest.mark.django_db
PAGE = "/lab/runs/tried/"
SQUARE = [[1.0, 0.0], [0.0, 1.0]]


def done(submit: Submit, name: str = "", **params: Any) -> Job:
    """A run that a worker has done, with this name."""
    job = submit(**params)
    if name:
        services.job_describe(job=job, own_name=name, note="")
    assert runner.run(job.pk, "w") == "succeeded"
    return job


def stored(job: Job) -> dict[str, np.ndarray[Any, Any]]:
    return dict(np.load(io.BytesIO(b"".join(results.arrays(job.pk)))))


def shown(owner: Client, query: str = "") -> str:
    answer = owner.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def rows(owner: Client, query: str = "") -> list[str]:
    """The names of the runs shown, in their order."""
    return [row["job"].own_name for row in owner.get(f"{PAGE}?{query}").context["rows"]]


def cells(owner: Client) -> dict[str, str]:
    """The first row, by column."""
    return {cell.name: cell.text for cell in owner.get(PAGE).context["rows"][0]["cells"]}


def test_the_figures_are_those_of_the_stored_result(submit: Submit) -> None:
    job = done(submit, query=SQUARE * 2, key=SQUARE * 2, value=SQUARE * 2, num_heads=2, causal=True)
    arrays, row = stored(job), job.figures
    weights = arrays["weights"]
    entropy = [-sum(w * math.log2(w) for w in line if w) for head in weights for line in head]
    assert len(entropy) == 8
    assert row.entropy_bits == pytest.approx(sum(entropy) / 8, rel=1e-9)
    assert row.effective_tokens == pytest.approx(arrays["effective_tokens"].mean(), rel=1e-12)
    assert row.largest_weight == weights.max() == 1.0
    assert (row.heads, row.n_q, row.n_k, row.d_k) == (2, 4, 4, 2)
    assert row.scale == pytest.approx(1.0)  # a head has one of the two columns


def test_equal_shares_of_two_keys_are_one_bit(owner: Client, submit: Submit) -> None:
    done(submit, query=[[0.0]], key=[[1.0], [2.0]], value=[[1.0], [2.0]])
    found = cells(owner)
    assert (found["entropy"], found["tokens"], found["largest"]) == ("1", "2", "0.5000")


def test_a_row_that_sees_no_key_counts_in_no_mean(owner: Client, submit: Submit) -> None:
    two = {"query": [[0.0], [0.0]], "key": [[1.0], [2.0]], "value": [[1.0], [2.0]]}
    job = done(submit, **two, mask=[[False, False], [True, True]])
    assert job.figures.entropy_bits == pytest.approx(1.0)
    none = done(submit, **two, mask=[[False, False], [False, False]])
    assert (none.figures.entropy_bits, none.figures.effective_tokens) == (None, None)
    assert cells(owner)["entropy"] == "–"


def test_what_was_set_is_said_in_words(owner: Client, submit: Submit) -> None:
    done(submit, query=SQUARE, key=SQUARE, value=SQUARE)
    assert cells(owner) | {"entropy": "", "tokens": "", "largest": ""} == {
        "function": "Scaled dot product", "scale": "÷ √2", "temperature": "1", "mask": "none", "heads": "1",
        "size": "2 × 2 × 2", "entropy": "", "tokens": "", "largest": "", "agreement": "–",
    }  # fmt: skip
    done(submit, scale=0.5, temperature=0.25, causal=True, key_padding=[True] * 4 + [False])
    found = cells(owner)
    assert (found["scale"], found["temperature"], found["mask"]) == ("× 0.5", "0.25", "causal, padding")
    done(submit, function="cosine", mask=[[True] * 5] * 5)
    found = cells(owner)
    assert (found["function"], found["scale"], found["mask"]) == ("Cosine", "–", "drawn")


def test_runs_computed_together_and_results_reused_have_figures_too(submit: Submit, ada: User) -> None:
    jobs = [submit(temperature=1 + number) for number in range(3)]
    together.run(jobs[0].pk, "interactive", "w", on_start=lambda _jobs: None)
    assert RunFigures.objects.filter(job__in=jobs).count() == 3
    for job in jobs:
        assert job.figures.largest_weight == stored(job)["weights"].max()
    large = [[float(row % 7)] for row in range(100)]
    first = done(submit, query=large, key=large, value=large)
    again = submit(query=large, key=large, value=large)
    again.refresh_from_db()
    assert again.cached
    assert again.figures.entropy_bits == first.figures.entropy_bits


@pytest.mark.parametrize("is_done_first", [True, False])
def test_a_guess_agrees_as_the_core_says_whether_it_or_the_result_is_kept_first(
    owner: Client, submit: Submit, is_done_first: bool
) -> None:
    job = submit(causal=True)
    if is_done_first:
        runner.run(job.pk, "w")
    guess = {"head": 1, "query": 3, "points": [20, 30, 50], "digest": job.params_hash}
    parsed = parse_params(catalogue.task("attention").params, job.params)
    guesses.guess_keep(job=job, text=json.dumps(guess), params=parsed)
    if not is_done_first:
        runner.run(job.pk, "w")
    expected = agreement.agreement([20, 30, 50], stored(job)["weights"][2, :3])
    assert RunFigures.objects.get(job=job).agreement == pytest.approx(expected, rel=1e-9)
    assert cells(owner)["agreement"] == f"{expected:.3f}"


def test_what_failed_waits_or_is_anothers_is_not_in_it(owner: Client, submit: Submit, eve: User) -> None:
    submit()
    cancelled = submit(temperature=2.0)
    services.job_cancel(job=cancelled)
    done(submit, owner=eve)
    assert rows(owner) == []
    assert "No run is done yet." in shown(owner)
    assert len(owner.get(f"{PAGE[:-1]}.csv").content.splitlines()) == 1


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("temperature", ["cold", "mid", "hot"]),
        ("entropy", ["cold", "mid", "hot"]),
        ("tokens", ["cold", "mid", "hot"]),
        ("largest", ["hot", "mid", "cold"]),
        ("time", ["mid", "cold", "hot"]),
        ("scale", ["hot", "cold", "mid"]),
    ],
)
def test_each_heading_sorts_both_ways(owner: Client, submit: Submit, column: str, order: list[str]) -> None:
    three = {"query": SQUARE, "key": SQUARE, "value": SQUARE}
    done(submit, "mid", temperature=1.0, **three)
    done(submit, "cold", temperature=0.5, scale=0.5, **three)
    done(submit, "hot", temperature=5.0, scale=0.25, **three)
    assert rows(owner, f"sort={column}&order=up") == order
    assert rows(owner, f"sort={column}&order=down") == order[::-1]
    page = shown(owner, f"sort={column}&order=up")
    assert page.count('aria-sort="ascending"') == 1
    assert "aria-sort" in page.split(f"sort={column}&amp;order=down")[0].rpartition("<th")[2]


def test_what_has_nothing_to_sort_by_stands_last_either_way(owner: Client, submit: Submit) -> None:
    done(submit, "scaled")
    done(submit, "cosine", function="cosine")
    assert rows(owner, "sort=scale&order=up")[-1] == rows(owner, "sort=scale&order=down")[-1] == "cosine"


def test_the_filters_of_the_history_hold_and_stay_when_it_is_sorted(owner: Client, submit: Submit) -> None:
    done(submit, "first")
    pinned = done(submit, "second")
    services.job_pin(job=pinned, pinned=True)
    assert rows(owner, "q=FIRST") == ["first"]
    assert rows(owner, "pinned=on&sort=entropy") == ["second"]
    page = shown(owner, "q=first&page=1")
    assert "?q=first&amp;sort=entropy&amp;order=down" in page
    assert f"{PAGE[:-1]}.csv?q=first" in page
    assert "No run is like that." in shown(owner, "q=third")


def test_a_column_that_there_is_not_is_said_and_all_are_shown(owner: Client, submit: Submit) -> None:
    done(submit, "only")
    page = shown(owner, "sort=params_json")
    assert "params_json is not one of the available choices" in page
    assert rows(owner, "sort=params_json") == ["only"]


def test_the_page_asks_as_much_for_many_runs_as_for_one_and_opens_no_result(
    owner: Client, submit: Submit
) -> None:
    done(submit)
    with CaptureQueriesContext(connection) as for_one:
        shown(owner)
    for number in range(tried_views.PAGE_SIZE + 1):
        done(submit, temperature=1 + number / 8)
    with CaptureQueriesContext(connection) as for_many:
        page = shown(owner, "sort=entropy")
    assert len(for_many) == len(for_one)
    asked = " ".join(query["sql"] for query in for_many)
    assert "lab_jobresult" not in asked
    assert "params_json" not in asked
    assert page.count('name="a"') == tried_views.PAGE_SIZE
    assert "sort=entropy&amp;page=2" in page
    assert len(rows(owner, "sort=entropy&page=2")) == 2


def test_the_two_runs_picked_are_compared(owner: Client, submit: Submit) -> None:
    one, other = done(submit), done(submit, temperature=0.5)
    page = shown(owner)
    for name in ("a", "b"):
        picked = re.findall(rf'<input type="radio" name="{name}" value="([^"]+)" form="pair">', page)
        assert [UUID(value) for value in picked] == [other.pk, one.pk]
    assert '<form id="pair" class="pair" method="get" action="/lab/compare/">' in page
    assert "Temperature 1 → 0.5" in owner.get(f"/lab/compare/?a={one.pk}&b={other.pk}").content.decode()


def read_csv(answer: Any) -> list[dict[str, str]]:
    content = b"".join(answer) if answer.streaming else answer.content
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_csv_has_every_run_with_all_digits(owner: Client, submit: Submit) -> None:
    job = done(submit, "低温", temperature=0.3, causal=True)
    services.job_describe(job=done(submit), own_name="=1+1", note="")
    answer = owner.get(f"{PAGE[:-1]}.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="runs-tried.csv"'
    newer, older = read_csv(answer)
    assert newer["name"] == "'=1+1", "no formula for a spreadsheet"
    assert (older["run"], older["name"], older["causal"], older["drawn"]) == (
        str(job.pk),
        "低温",
        "true",
        "false",
    )
    assert float(older["entropy_bits"]) == job.figures.entropy_bits
    assert float(older["scale"]) == 1.0
    assert older["agreement"] == ""
    assert [row["name"] for row in read_csv(owner.get(f"{PAGE[:-1]}.csv?q=低"))] == ["低温"]


def test_a_long_csv_comes_in_parts_and_has_each_run_once(
    owner: Client, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tried_views, "CSV_ROWS", 2)
    jobs = [done(submit, temperature=1 + number) for number in range(5)]
    lines = b"".join(tried_views._csv(tried_views.selectors.runs_tried(jobs[0].owner))).decode("utf-8-sig")
    found = [row["run"] for row in csv.DictReader(io.StringIO(lines))]
    assert found == [str(job.pk) for job in reversed(jobs)]
    assert owner.get(f"{PAGE[:-1]}.csv").streaming


def test_runs_from_before_the_table_get_their_figures_from_their_results(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = done(submit, causal=True, temperature=0.5)
    monkeypatch.setattr(results, "PART_BYTES", 512)
    in_parts = done(submit, query=ARTICLE * 3, key=ARTICLE * 3, value=ARTICLE * 3)
    Job.objects.filter(pk=job.pk).update(guess={"head": 1, "query": 2, "points": [50, 50]})
    before = {row["job_id"]: row for row in RunFigures.objects.values()}
    RunFigures.objects.all().delete()
    importlib.import_module("camp.lab.migrations.0018_figures_of_earlier_runs").fill(apps, None)
    after = {row["job_id"]: row for row in RunFigures.objects.values()}
    expected = agreement.agreement([1.0, 1.0], stored(job)["weights"][1, :2])
    assert after[job.pk] == before[job.pk] | {"agreement": pytest.approx(expected)}
    assert after[in_parts.pk] == before[in_parts.pk]
    assert results.JobResultPart.objects.filter(result_id=in_parts.pk).count() > 1
