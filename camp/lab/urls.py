from django.urls import include, path

from camp.lab import home, run_views, views, widget_views

lab = [
    path("", views.tasks, name="tasks"),
    path("attention/", views.attention, name="attention"),
    path("attention/file/", views.attention_file, name="attention-file"),
    path("attention/preview/", views.attention_preview, name="attention-preview"),
    path("runs/", run_views.runs, name="runs"),
    path("runs/<uuid:job_id>/", run_views.run, name="run"),
    path("runs/<uuid:job_id>/cancel/", run_views.run_cancel, name="run-cancel"),
    path("runs/<uuid:job_id>/again/", run_views.run_again, name="run-again"),
    path("runs/<uuid:job_id>/delete/", run_views.run_delete, name="run-delete"),
    path("widgets/<slug:widget>/", widget_views.widget, name="widget"),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("lab/", include((lab, "lab"))),
]
