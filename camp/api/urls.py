from django.urls import path

from camp.api import batches, course, job_events, jobs, mastery, progress, quizzes, search, views

app_name = "api"
urlpatterns = [
    path("auth/tokens/", views.Tokens.as_view(), name="tokens"),
    path("auth/tokens/current/", views.CurrentToken.as_view(), name="current-token"),
    path("me/", views.Me.as_view(), name="me"),
    path("me/progress/", progress.MyProgress.as_view(), name="progress"),
    path("me/mastery/", mastery.MyMastery.as_view(), name="mastery"),
    path("me/reviews/", mastery.MyReviews.as_view(), name="reviews"),
    path("me/export/", views.Export.as_view(), name="export"),
    path("modules/", course.Modules.as_view(), name="modules"),
    path("modules/<slug:module>/", course.ModuleDetail.as_view(), name="module"),
    path("lessons/<slug:lesson>/", course.LessonDetail.as_view(), name="lesson"),
    path("search/", search.Search.as_view(), name="search"),
    path("quizzes/<slug:module>/", quizzes.QuizDetail.as_view(), name="quiz"),
    path("quizzes/<slug:module>/attempts/", quizzes.AttemptStart.as_view(), name="quiz-attempts"),
    path("attempts/<uuid:attempt_id>/", quizzes.AttemptDetail.as_view(), name="attempt"),
    path(
        "attempts/<uuid:attempt_id>/answers/<slug:question>/",
        quizzes.AttemptAnswer.as_view(),
        name="attempt-answer",
    ),
    path(
        "attempts/<uuid:attempt_id>/answers/<slug:question>/hints/",
        quizzes.AttemptHint.as_view(),
        name="attempt-hints",
    ),
    path("attempts/<uuid:attempt_id>/submit/", quizzes.AttemptSubmit.as_view(), name="attempt-submit"),
    path("tasks/", views.Tasks.as_view(), name="tasks"),
    path("jobs/", jobs.Jobs.as_view(), name="jobs"),
    path("jobs/batch/", batches.Batches.as_view(), name="job-batches"),
    path("jobs/batch/<uuid:batch_id>/", batches.BatchDetail.as_view(), name="job-batch"),
    path("jobs/batch/<uuid:batch_id>/cancel/", batches.BatchCancel.as_view(), name="job-batch-cancel"),
    path("jobs/<uuid:job_id>/", jobs.JobDetail.as_view(), name="job"),
    path("jobs/<uuid:job_id>/result/", jobs.job_result, name="job-result"),
    path("jobs/<uuid:job_id>/events/", job_events.job_events, name="job-events"),
    path("jobs/<uuid:job_id>/cancel/", jobs.JobCancel.as_view(), name="job-cancel"),
]
