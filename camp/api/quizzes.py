"""Quizzes over HTTP: start or resume an attempt, save answers one by one, hand in once. Answers come out afterwards."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from attention_core.labels import gettext_noop
from attention_core.problems import Problem, echo
from camp.accounts.models import User
from camp.api.course import CourseCall
from camp.api.problems import Invalid
from camp.api.serializers import StrictSerializer, Untouched
from camp.courses.models import Module
from camp.errors import problem_response
from camp.gain import selectors as gain
from camp.gain.services import PreTestFirst, start_test
from camp.quizzes import hints, regrade_selectors, selectors, services, taking_hints
from camp.quizzes.drawn import Variant
from camp.quizzes.marking import Feedback, Mark, Unacceptable
from camp.quizzes.models import Attempt, AttemptItem, Sitting
from camp.quizzes.question_types import question_type
from camp.quizzes.regrade_models import Counts

NO_NUMBER = gettext_noop("expected a whole number, got %(received)s")
NO_SUCH_HINT = gettext_noop("expected a hint from 1 to %(last)s, in order, got %(received)s")


class AnswerRequest(StrictSerializer):
    response = Untouched()


class HintRequest(StrictSerializer):
    hint = Untouched()


class QuizDetail(CourseCall):
    """`GET`: what awaits one, and how one stands with it."""

    def get(self, request: Request, module: str) -> Response:
        with translation.override(self.language(request)):
            sitting = gain.sitting_of(module)
            if sitting is not None:
                return Response(_test(sitting, request))
            return Response(_quiz(_quiz_module(module), request))


class AttemptStart(CourseCall):
    """`POST`: a new attempt, or the one that is open."""

    scope = "attempts"

    def post(self, request: Request, module: str) -> Response | HttpResponse:
        language = self.language(request)
        sitting = gain.sitting_of(module)
        try:
            if sitting is not None:
                attempt, is_new = start_test(owner=_person(request), sitting=sitting)
            else:
                attempt, is_new = services.attempt_start(owner=_person(request), module=_quiz_module(module))
        except services.NoQuestions as error:
            raise Http404 from error
        except PreTestFirst:
            detail = _("The post-test is for those who have handed in the pre-test.")
            return problem_response(409, detail, code="pre-test-first")
        except services.AttemptsUsedUp as used_up:
            detail = ngettext(
                "This quiz allows %(most)d attempt, and you have had it.",
                "This quiz allows %(most)d attempts, and you have had them.",
                used_up.most,
            ) % {"most": used_up.most}
            return problem_response(409, detail, code="attempts-used-up")
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
        item = _item(attempt, question)
        try:
            item = services.answer_save(attempt=attempt, item=item, response=response)
        except Unacceptable as wrong:
            raise Invalid(wrong.problems, base=("response",)) from wrong
        except services.Submitted:
            detail = _("The attempt has been handed in; its answers stand.")
            return problem_response(409, detail, code="submitted")
        return Response({"question": question, "response": item.response, "saved_at": item.saved_at})


class AttemptHint(CourseCall):
    """`POST`: take a hint, for what it costs; one that was taken costs nothing more."""

    scope = "attempts"

    def post(self, request: Request, attempt_id: UUID, question: str) -> Response | HttpResponse:
        language = self.language(request)
        attempt = _own(request, attempt_id)
        number = HintRequest.read(request.data)["hint"]
        if type(number) is not int:
            raise Invalid([Problem(("hint",), NO_NUMBER, {"received": echo(number)})])
        item = _item(attempt, question)
        try:
            item = taking_hints.hint_take(attempt=attempt, item=item, number=number)
        except taking_hints.NoSuchHint as none:
            raise Invalid(
                [Problem(("hint",), NO_SUCH_HINT, {"last": none.last, "received": number})]
            ) from none
        except services.Submitted:
            detail = _("The attempt has been handed in; its answers stand.")
            return problem_response(409, detail, code="submitted")
        with translation.override(language):
            variant = selectors.worded_item(item)
        return Response({"question": question, **_hints(variant, item)})


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


def _item(attempt: Attempt, question: str) -> AttemptItem:
    items = selectors.items_of(attempt)
    found = next((one for one in items if one.version.question.slug == question), None)
    if found is None:
        raise Http404
    return found


def _hints(variant: Variant, item: AttemptItem) -> dict[str, Any]:
    """Of the hints that were not taken only what they cost."""
    return {"hints": hints.shown(variant, item.hints_taken), "hints_taken": item.hints_taken}


def _quiz_module(slug: str) -> Module:
    found = selectors.quiz_module(slug)
    if found is None:
        raise Http404
    return found


def _quiz(module: Module, request: Request) -> dict[str, Any]:
    opened = selectors.open_attempt(request.user, module)
    rules = selectors.rules_of(module)
    return {
        "slug": module.slug,
        "title": module.title,
        "questions": selectors.count_in_attempt(module),
        "best": selectors.best_score(request.user, module),
        "counts": rules.counts,
        "result": selectors.counted_score(request.user, module, rules.counts),
        "attempts_left": selectors.attempts_left(request.user, rules),
        "open_attempt": str(opened.pk) if opened else None,
        "links": _quiz_links(module.slug, request),
    }


def _quiz_links(slug: str, request: Request) -> dict[str, str]:
    return {
        "self": reverse("api:quiz", args=[slug], request=request),
        "attempts": reverse("api:quiz-attempts", args=[slug], request=request),
    }


def _test(sitting: Sitting, request: Request) -> dict[str, Any]:
    """A test as the same shape tells it: it is taken once."""
    if gain.module_of(sitting) is None:
        raise Http404
    found = gain.standing_of(request.user).of(sitting)
    score = found.attempt.score if found.attempt else None
    return {
        "slug": sitting.value,
        "title": str(sitting.label),
        "questions": found.count,
        "best": score,
        "counts": Counts.BEST.value,
        "result": score,
        "attempts_left": 0 if found.attempt else 1,
        "open_attempt": str(found.attempt.pk) if found.attempt and found.attempt.is_open else None,
        "links": _quiz_links(sitting.value, request),
    }


def attempt_document(attempt: Attempt, request: Request, language: str) -> dict[str, Any]:
    """An attempt as the API shows it: while it is open, and of a test until both are handed in, without anything that
    gives an answer away.
    """
    where = {"attempt_id": attempt.pk}
    with translation.override(language):
        is_explained = selectors.is_explained(attempt)
        regrades = _regrades(attempt) if is_explained else {}
        questions = [_question(item, regrades, is_explained) for item in selectors.items_of(attempt)]
    return {
        "id": str(attempt.pk),
        "quiz": attempt.quiz,
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


def _regrades(attempt: Attempt) -> dict[int, dict[str, Any]]:
    """The latest that stands, by answer."""
    return {
        change.item_id: {
            "at": change.regrade.applied_at,
            "version": change.regrade.to_version.number,
            "score_before": change.score_before,
        }
        for change in reversed(regrade_selectors.regrades_of(attempt))
    }


def _question(item: AttemptItem, regrades: dict[int, dict[str, Any]], is_explained: bool) -> dict[str, Any]:
    """As it was asked; explained by the version that marked it."""
    variant = selectors.worded_item(item)
    kind = question_type(variant.type)
    told = None
    if is_explained:
        mark = Mark.of_json(item.mark or {"score": 0.0})
        told = _feedback(kind.feedback(item.response, mark, selectors.explaining_item(item)))
    return {
        "question": item.version.question.slug,
        "version": item.version.number,
        **kind.public(variant),
        **_hints(variant, item),
        "response": item.response,
        "saved_at": item.saved_at,
        "feedback": told,
        "regraded": regrades.get(item.pk),
    }


def _feedback(feedback: Feedback) -> dict[str, Any]:
    return {
        "score": feedback.mark.score,
        "worth": feedback.mark.worth,
        "right": feedback.right,
        "reason": feedback.reason,
        "mistake": feedback.mistake or None,
        "cells": feedback.mark.cells,
        "options": [
            {"key": one.key, "is_right": one.is_right, "is_chosen": one.is_chosen, "reason": one.reason}
            for one in feedback.options
        ],
    }
