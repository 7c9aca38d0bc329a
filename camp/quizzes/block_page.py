"""What the page shows of a lesson's question: before the answer only what is asked, afterwards all there is to say."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from camp import guessed_row
from camp.accounts.models import User
from camp.courses.models import Lesson
from camp.quizzes import predictions, selectors, services
from camp.quizzes.asking import asked, told
from camp.quizzes.drawn import Variant
from camp.quizzes.hints import after_hints
from camp.quizzes.marking import Mark, Response, Unacceptable
from camp.quizzes.models import LessonAnswer
from camp.quizzes.question_types import question_type

BARS = "bars"


def is_guessed_row(kept: Mapping[str, Any]) -> bool:
    """Whether it is a prediction by bars; a check that asks for a row of weights is a question like any other."""
    return kept["type"] == BARS and "truth" in kept


def context(
    name: str,
    kept: Mapping[str, Any],
    lesson: Lesson,
    request: HttpRequest,
    *,
    error: Unacceptable | None = None,
    typed: QueryDict | None = None,
) -> dict[str, Any]:
    """Of one block. With an error the form keeps what was typed."""
    answer = _answers(request, lesson).get(kept["id"])
    if answer is not None and answer.kind != name:
        answer = None
    found = {
        "kind": name,
        "id": kept["id"],
        "action": reverse("quizzes:block", args=[lesson.module.slug, lesson.slug, kept["id"]]),
        "hint_action": reverse("quizzes:block-hint", args=[lesson.module.slug, lesson.slug, kept["id"]]),
        "answer": answer,
        "needs_editor": _has_matrices(kept) and _is_first_matrix(request),
        "errors": [problem.translated(_) for problem in error.problems] if error else [],
    }
    if is_guessed_row(kept):
        return found | _bars(kept, answer, typed)
    taken = answer.hints_taken if answer else _hints_taken(kept, lesson, request)
    return found | _question(name, kept, answer, typed, taken)


def answer_keep(
    *, name: str, kept: Mapping[str, Any], lesson: Lesson, owner: User, response: Response
) -> LessonAnswer:
    """Keep a canonical response as its kind of block does."""
    assert lesson.published is not None
    place = {"owner": owner, "lesson": lesson, "block": kept["id"], "version": lesson.published.number}
    if name == "predict":
        return services.prediction_lock(response=response, fits=lambda given: _fits(kept, given), **place)
    variant = variant_of_kept(kept)
    taken = selectors.lesson_hints(owner, lesson).get(kept["id"], 0) if variant.hints else 0
    mark = after_hints(question_type(variant.type).mark(response, variant), variant, taken)
    return services.check_answer(response=response, score=mark.score, hints_taken=mark.hints_taken, **place)


def _fits(kept: Mapping[str, Any], response: Any) -> bool:
    """Whether what was answered once is an answer to the block as it is now."""
    try:
        if is_guessed_row(kept):
            predictions.validate(response, len(kept["truth"]))
        else:
            variant = variant_of_kept(kept)
            question_type(variant.type).validate(response, variant)
    except Unacceptable:
        return False
    return response is not None


def read_response(kept: Mapping[str, Any], form: QueryDict) -> Response:
    """What the form sent, in its canonical form.

    Raises:
        Unacceptable: it is no answer; nothing at all is none either.
    """
    if is_guessed_row(kept):
        return predictions.validate(form.getlist("response"), len(kept["truth"]))
    variant = variant_of_kept(kept)
    kind = question_type(variant.type)
    response = kind.validate(kind.of_form(form), variant)
    if response is None:
        raise Unacceptable.at((), NOTHING)
    return response


NOTHING = gettext_noop("Give an answer first.")


def variant_of_kept(kept: Mapping[str, Any]) -> Variant:
    return Variant.of_json({key: value for key, value in kept.items() if key != "id"})


def _answers(request: HttpRequest, lesson: Lesson) -> Mapping[str, LessonAnswer]:
    """One query a page, however many questions it has."""
    known = getattr(request, "lesson_answers", None)
    if known is None or known[0] != (lesson.pk, request.user.pk):
        known = ((lesson.pk, request.user.pk), selectors.lesson_answers(request.user, lesson))
        request.lesson_answers = known  # type: ignore[attr-defined]
    answers: Mapping[str, LessonAnswer] = known[1]
    return answers


def _has_matrices(kept: Mapping[str, Any]) -> bool:
    return not is_guessed_row(kept) and question_type(kept["type"]).has_matrices


def _hints_taken(kept: Mapping[str, Any], lesson: Lesson, request: HttpRequest) -> int:
    """Before the first answer. One query a page, and none where no question has hints."""
    if not kept.get("hints"):
        return 0
    known = getattr(request, "lesson_hints", None)
    if known is None or known[0] != (lesson.pk, request.user.pk):
        known = ((lesson.pk, request.user.pk), selectors.lesson_hints(request.user, lesson))
        request.lesson_hints = known  # type: ignore[attr-defined]
    return int(known[1].get(kept["id"], 0))


def _is_first_matrix(request: HttpRequest) -> bool:
    """Whether the editor's own parts have to come along, which a page needs once."""
    is_first = not hasattr(request, "has_matrix_editor") and not getattr(request, "htmx", False)
    request.has_matrix_editor = True  # type: ignore[attr-defined]
    return is_first


def _question(
    name: str,
    kept: Mapping[str, Any],
    answer: LessonAnswer | None,
    typed: QueryDict | None,
    hints_taken: int,
) -> dict[str, Any]:
    variant = variant_of_kept(kept)
    kind = question_type(variant.type)
    given = answer.response if answer else None
    feedback = None
    if answer is not None:
        try:  # the lesson may have been changed since
            given = kind.validate(given, variant)
            mark: Mark = after_hints(kind.mark(given, variant), variant, hints_taken)
            feedback = told(kind.feedback(given, mark, variant))
        except Unacceptable:
            given = None
    return {
        "asked": asked(variant, given, kept["id"], typed, hints_taken),
        "hints_are_over": feedback is not None,
        "feedback": feedback,
        "feedback_template": kind.feedback_template,
        "is_locked": name == "predict" and feedback is not None,
    }


def _bars(kept: Mapping[str, Any], answer: LessonAnswer | None, typed: QueryDict | None) -> dict[str, Any]:
    labels = [SafeString(label) for label in kept["labels"]]
    shares = guessed_row.equal_shares(len(labels))
    guess = answer.response if answer and _fits(kept, answer.response) else None
    points: Any = guess or (typed.getlist("response") if typed else list(shares))
    if len(points) != len(labels):
        points = list(shares)
    found: dict[str, Any] = {
        "prompt": SafeString(kept["prompt"]),
        "bars": [{"label": label, "points": one} for label, one in zip(labels, points, strict=False)],
        "is_bars": True,
        "is_locked": guess is not None,
    }
    if guess is None:
        return found
    return found | guessed_row.shown(labels, guess, kept["truth"]) | {"reason": SafeString(kept["reason"])}
