from django.urls import include, path

from camp.lab import (
    batch_views,
    compare_views,
    export_views,
    findings_views,
    guess_views,
    home,
    run_views,
    sharing_views,
    task_views,
    views,
    weights_views,
    widget_views,
)

lab = [
    path("", views.tasks, name="tasks"),
    path("attention/", views.attention, name="attention"),
    path("attention/file/", views.attention_file, name="attention-file"),
    path("attention/preview/", views.attention_preview, name="attention-preview"),
    path("attention/guess/", guess_views.attention_guess, name="attention-guess"),
    path("runs/", run_views.runs, name="runs"),
    path("runs/<uuid:job_id>/", run_views.run, name="run"),
    path("runs/<uuid:job_id>/cancel/", run_views.run_cancel, name="run-cancel"),
    path("runs/<uuid:job_id>/again/", run_views.run_again, name="run-again"),
    path("runs/<uuid:job_id>/pin/", run_views.run_pin, name="run-pin"),
    path("runs/<uuid:job_id>/job.json", export_views.run_as_job, name="run-as-job"),
    path("runs/<uuid:job_id>/run.py", export_views.run_as_python, name="run-as-python"),
    path("runs/<uuid:job_id>/weights/", weights_views.run_weights, name="run-weights"),
    path("runs/<uuid:job_id>/weights.svg", export_views.run_as_svg, name="run-as-svg"),
    path("runs/<uuid:job_id>/words/", run_views.run_describe, name="run-words"),
    path("runs/<uuid:job_id>/share/", sharing_views.run_share, name="run-share"),
    path("runs/<uuid:job_id>/delete/", run_views.run_delete, name="run-delete"),
    path("compare/", compare_views.compare, name="compare"),
    path("runs/<uuid:job_id>/undo/", run_views.run_undo, name="run-undo"),
    path("batches/<uuid:batch_id>/", batch_views.batch, name="batch"),
    path("batches/<uuid:batch_id>/cancel/", batch_views.batch_cancel, name="batch-cancel"),
    path("widgets/<slug:widget>/", widget_views.widget, name="widget"),
    path("runs/<uuid:job_id>/pictures/<slug:name>.png", findings_views.run_picture, name="run-picture"),
    path("<slug:name>/", task_views.task, name="task"),  # last: it would take any of the words above
]
urlpatterns = [
    path("", home.home, name="home"),
    path("lab/", include((lab, "lab"))),
    path("s/<str:token>/", sharing_views.shared_run, name="shared-run"),
    path("s/<str:token>/pictures/<slug:name>.png", sharing_views.shared_picture, name="shared-picture"),
    path("s/<str:token>/weights/", sharing_views.shared_weights, name="shared-weights"),
    path("s/<str:token>/weights.svg", sharing_views.shared_svg, name="shared-svg"),
    path("s/<str:token>/weights.csv", sharing_views.shared_csv, name="shared-csv"),
    path("s/<str:token>/result.json", sharing_views.shared_json, name="shared-json"),
    path("s/<str:token>/result.npz", sharing_views.shared_npz, name="shared-npz"),
]
