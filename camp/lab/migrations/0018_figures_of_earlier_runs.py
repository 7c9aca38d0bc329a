"""Runs that were done before their figures were kept get them from their stored results, one result in memory at a time."""

import io
from typing import Any

import numpy as np
from django.db import migrations

from camp.lab import run_figures


def fill(apps: Any, schema_editor: Any) -> None:
    job_model, figures_model, result_model, part_model = (
        apps.get_model("lab", name) for name in ("Job", "RunFigures", "JobResult", "JobResultPart")
    )
    done = job_model.objects.filter(task=run_figures.TASK, status="succeeded", figures__isnull=True)
    for job_id in list(done.values_list("pk", flat=True)):
        summary, guess = done.filter(pk=job_id).values_list("summary", "guess").get()
        file = b"".join(
            bytes(content)
            for rows in (
                result_model.objects.filter(job_id=job_id).values_list("arrays", flat=True),
                part_model.objects.filter(result_id=job_id)
                .order_by("number")
                .values_list("content", flat=True),
            )
            for content in rows
        )
        if not file or not summary.get("shapes"):
            continue  # of before there were arrays, or summaries
        with np.load(io.BytesIO(file), allow_pickle=False) as arrays:
            row = run_figures.settings_of(summary) | run_figures.outcome_of(arrays)
            row["agreement"] = run_figures.agreement_of(guess, arrays) if guess else None
        figures_model.objects.create(job_id=job_id, **row)


class Migration(migrations.Migration):
    dependencies = [("lab", "0017_run_figures")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
