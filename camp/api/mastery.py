"""What the caller knows of each concept, and which questions are due."""

from typing import Any

from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from camp.accounts.models import User
from camp.api.calls import Call
from camp.mastery.records import Agenda, ConceptMastery
from camp.mastery.selectors import agenda_of, mastery_of


class MyMastery(Call):
    """`GET`: every concept that the caller was asked about, with how sure one may be that it is known."""

    scope = "me"

    def get(self, request: Request) -> Response:
        return Response({"concepts": [_concept(one) for one in mastery_of(_caller(request)).asked]})


class MyReviews(Call):
    """`GET`: how many questions are due today and on each of the next days, by the account's time zone."""

    scope = "me"

    def get(self, request: Request) -> Response:
        return Response(_agenda(agenda_of(_caller(request))))


def _caller(request: Request) -> User:
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def _concept(concept: ConceptMastery) -> dict[str, Any]:
    return {
        "concept": concept.code,
        "name": concept.name,
        "mastery": concept.mastery,
        "level": concept.level.value,
        "next_right": concept.next_right,
        "first_tries": concept.answers,
        "right": concept.right,
        "lesson": concept.lesson.slug if concept.lesson else None,
    }


def _agenda(agenda: Agenda) -> dict[str, Any]:
    return {
        "today": agenda.today,
        "due": agenda.due,
        "modules": [{"slug": one.slug, "title": one.title, "due": one.count} for one in agenda.modules],
        "next_days": [{"date": day.date, "due": day.count} for day in agenda.days],
        "later": agenda.later,
        "next_day": agenda.next_day,
    }
