"""How far the caller is with the course."""

from typing import Any

from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from camp.accounts.models import User
from camp.api.calls import Call
from camp.progress.records import ModuleRecord, Progress
from camp.progress.selectors import progress_of
from camp.progress.spent import TimeOnTask, time_on_task_of


class MyProgress(Call):
    """`GET`: modules with their lessons, answers and quizzes, and what was done in the last weeks (UTC)."""

    scope = "me"

    def get(self, request: Request) -> Response:
        if not isinstance(request.user, User):
            raise exceptions.NotAuthenticated
        return Response(progress_document(progress_of(request.user), time_on_task_of(request.user)))


def progress_document(progress: Progress, spent: TimeOnTask) -> dict[str, Any]:
    return {
        "lessons": progress.lessons,
        "lessons_done": progress.lessons_done,
        "modules": [_module(module) for module in progress.modules],
        "activity": [
            {
                "date": day.date,
                "answers": day.answers,
                "lessons": day.lessons,
                "quizzes": day.quizzes,
                "tests": day.tests,
                "reviews": day.reviews,
            }
            for day in progress.activity
            if day.total
        ],
        "time_on_task": {
            "reading_minutes": round(spent.reading, 2),
            "task_minutes": round(spent.task, 2),
            "limits": spent.limits,
            "by_limit": [
                {"limit": 60 * theta, "minutes": round(minutes, 2)}
                for theta, minutes in spent.by_limit.items()
            ],
        },
    }


def _module(module: ModuleRecord) -> dict[str, Any]:
    quiz = module.quiz
    return {
        "slug": module.slug,
        "number": module.number,
        "title": module.title,
        "state": module.state.value,
        "lessons": [
            {
                "slug": lesson.slug,
                "title": lesson.title,
                "state": lesson.state.value,
                "done_at": lesson.done_at,
            }
            for lesson in module.lessons
        ],
        "checks": {
            "answered": module.checks.answered,
            "right_first": module.checks.right_first,
            "right": module.checks.right,
        },
        "quiz": None
        if quiz is None
        else {
            "attempts": quiz.attempts,
            "best": quiz.best,
            "result": quiz.result,
            "open_attempt": quiz.open_attempt,
        },
    }
