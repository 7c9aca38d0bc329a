"""Quizzes over HTTP: start or resume an attempt, save answers one by one, hand in once. Answers come out afterwards."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from camp.accounts.models import User
from camp.api.course import CourseCall
from camp.api.problems import Invalid
from camp.api.serializers import StrictSerializer, Untouched
from camp.courses.models import Module
from camp.errors import problem_response
from camp.quizzes import selectors, services
from camp.quizzes.marking import Mark, Unacceptable
from camp.quizzes.models import Attempt, AttemptItem
from camp.quizzes.question_types import question_type
from camp.quizzes.question_types.base import Feedback


class AnswerRequest(StrictSerializer):
    response = Untouched()


class QuizDetail(CourseCall):
    """`GET`: what awaits one, and how one stands with it."""

    def get(self, request: Request, module: str) -> Response:
        with translation.override(self.language(request)):
            return Response(_quiz(_quiz_module(module), request))


class AttemptStart(CourseCall):
    """`POST`: a new attempt, or the one that is open."""

    scope = "attempts"

    def post(self, request: Request, module: str) -> Response:
        language = self.language(request)
        try:
            attempt, is_new = services.attempt_start(owner=_person(request), module=_quiz_module(module))
        except services.NoQuestions as error:
            raise Http404 from error
        document = attempt_document(attempt, request, language)
        where = {"Location": document["links"]["self"]}
        return Response(document, status=201 if is_new else 200, headers=where)


class AttemptDetail(CourseCall):
    """`GET`: the attempt with its questions; marks and reasons once it has been handed in."""

    scope = "attempts"

    def get(self, request: Request, attempt_id: UUID) -> Response:
        return Response(attempt_document(_own(request, attempt_id), request, self.language(request)))


class AttemptAnswer(CourseCall):
    """`PUT`: keep an answer; null clears it."""

    scope = "attempts"

    def put(self, request: Request, attempt_id: UUID, question: str) -> Response | HttpResponse:
        self.language(request)
        attempt = _own(request, attempt_id)
        response = AnswerRequest.read(request.data)["response"]
        item = next(
            (one for one in selectors.items_of(attempt) if one.version.question.slug == question), None
        )
        if item is None:
            raise Http404
        try:
            item = services.answer_save(attempt=attempt, item=item, response=response)
        except Unacceptable as wrong:
            raise Invalid(wrong.problems, base=("response",)) from wrong
        except services.Submitted:
            detail = _("The attempt has been handed in; its answers stand.")
            return problem_response(409, detail, code="submitted")
        return Response({"question": question, "response": item.response, "saved_at": item.saved_at})


class AttemptSubmit(CourseCall):
    """`POST`: hand in; again: the same."""

    scope = "attempts"

    def post(self, request: Request, attempt_id: UUID) -> Response:
        language = self.language(request)
        attempt = services.attempt_submit(attempt=_own(request, attempt_id))
        return Response(attempt_document(attempt, request, language))


def _person(request: Request) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _own(request: Request, attempt_id: UUID) -> Attempt:
    found = selectors.attempt_of(request.user, attempt_id)
    if found is None:
        raise Http404
    return found


def _quiz_module(slug: str) -> Module:
    found = selectors.quiz_module(slug)
    if found is None:
        raise Http404
    return found


def _quiz(module: Module, request: Request) -> dict[str, Any]:
    opened = selectors.open_attempt(request.user, module)
    return {
        "slug": module.slug,
        "title": module.title,
        "questions": selectors.count_in_attempt(module),
        "best": selectors.best_score(request.user, module),
        "open_attempt": str(opened.pk) if opened else None,
        "links": {
            "self": reverse("api:quiz", args=[module.slug], request=request),
            "attempts": reverse("api:quiz-attempts", args=[module.slug], request=request),
        },
    }


def attempt_document(attempt: Attempt, request: Request, language: str) -> dict[str, Any]:
    """An attempt as the API shows it: while it is open, without anything that gives an answer away."""
    where = {"attempt_id": attempt.pk}
    with translation.override(language):
        questions = [_question(attempt, item) for item in selectors.items_of(attempt)]
    return {
        "id": str(attempt.pk),
        "quiz": attempt.module.slug,
        "status": attempt.status,
        "is_practice": attempt.is_practice,
        "score": attempt.score,
        "started_at": attempt.started_at,
        "submitted_at": attempt.submitted_at,
        "core_version": attempt.core_version,
        "language": language,
        "questions": questions,
        "links": {
            "self": reverse("api:attempt", kwargs=where, request=request),
            "submit": reverse("api:attempt-submit", kwargs=where, request=request),
        },
    }


def _question(attempt: Attempt, item: AttemptItem) -> dict[str, Any]:
    variant = selectors.worded_item(item)
    kind = question_type(variant.type)
    told = None
    if not attempt.is_open:
        mark = Mark.of_json(item.mark or {"score": 0.0})
        told = _feedback(kind.feedback(item.response, mark, variant))
    return {
        "question": item.version.question.slug,
        "version": item.version.number,
        **kind.public(variant),
        "response": item.response,
        "saved_at": item.saved_at,
        "feedback": told,
    }


def _feedback(feedback: Feedback) -> dict[str, Any]:
    return {
        "score": feedback.mark.score,
        "right": feedback.right,
        "reason": feedback.reason,
        "mistake": feedback.mistake or None,
        "cells": feedback.mark.cells,
        "options": [
            {"key": one.key, "is_right": one.is_right, "is_chosen": one.is_chosen, "reason": one.reason}
            for one in feedback.options
        ],
    }
