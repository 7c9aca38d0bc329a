from django.urls import path

from camp.quizzes import block_views, views

app_name = "quizzes"
# `quiz` would otherwise be a lesson's address: these stand before the course's.
urlpatterns = [
    path("camp/<slug:module>/quiz/", views.quiz, name="quiz"),
    path("camp/<slug:module>/<slug:lesson>/answers/<slug:block>/", block_views.block, name="block"),
    path("camp/<slug:module>/<slug:lesson>/answers/<slug:block>/hint/", block_views.hint, name="block-hint"),
    path("attempts/<uuid:attempt_id>/", views.attempt, name="attempt"),
    path("attempts/<uuid:attempt_id>/answers/<slug:question>/", views.answer, name="answer"),
    path("attempts/<uuid:attempt_id>/answers/<slug:question>/hint/", views.hint, name="hint"),
    path("attempts/<uuid:attempt_id>/submit/", views.submit, name="submit"),
]
