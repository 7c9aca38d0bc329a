"""From files or the console to the version that new attempts are made of."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

import attention_core
from camp.accounts.models import User
from camp.courses import allowance, source_yaml
from camp.courses.blocks import Unfit
from camp.courses.loading import Report, Write, loads, module_slugs
from camp.courses.models import Module, Origin
from camp.courses.pieces import line_of
from camp.courses.prose import Prose
from camp.quizzes import selectors
from camp.quizzes.content import Content, Texts, list_at
from camp.quizzes.models import Option, Question, QuestionVersion
from camp.quizzes.question_types import question_type
from camp.quizzes.variants import Variant, variant_of, worded

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
RECIPE = 1  # one more when the same content is asked or marked differently, so that versions are made anew
FORMS_MODULE = "start"  # whose the questions of the tests' forms are; its quiz asks none of them
_SEEDS = 20
_SEEDS_WORDED = 5


def digest_of(content: Content, *more: Any) -> str:
    """The name of this content."""
    named = json.dumps([RECIPE, content.as_json(), *more], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(named.encode()).hexdigest()


def check(content: Content, failed: Callable[[str], None] = lambda text: None) -> None:
    """Draw it with many seeds and word it in every language.

    Args:
        failed: told the text that is at fault, so that whoever has the file can name a line.

    Raises:
        Unfit: it cannot be asked.
    """
    try:
        kind = question_type(content.type)
    except ValueError as wrong:
        raise Unfit(str(wrong)) from wrong
    kind.check(content)
    with allowance.shared():
        for seed in range(_SEEDS):
            variant = variant_of(content, seed)
            if seed < _SEEDS_WORDED:
                _check_words(variant, content if seed == 0 or content.pick else _computed(content), failed)


def _check_words(variant: Variant, content: Content, failed: Callable[[str], None]) -> None:
    for language in LANGUAGES:
        prose = Prose({}, language)
        try:
            worded(variant, content, language, prose)
        except Unfit as wrong:
            failed(prose.current)
            raise Unfit(f"{language}: {wrong.message}", wrong.line) from wrong
        except KeyError as missing:
            raise Unfit(_("a text is missing in “%(language)s”") % {"language": language}) from missing


def _computed(content: Content) -> Content:
    """Without the texts in which nothing is computed: every drawing words them alike."""

    def kept(texts: Texts) -> Texts:
        return {
            language: {part: text if "{{" in text else "" for part, text in own.items()}
            for language, own in texts.items()
        }

    choices = tuple(replace(one, texts=kept(one.texts)) for one in content.choices)
    hints = tuple(replace(one, texts=kept(one.texts)) for one in content.hints)
    return replace(content, texts=kept(content.texts), choices=choices, hints=hints)


def question_publish(
    *, question: Question, by: User | None, origin: Origin = Origin.EDITED
) -> QuestionVersion:
    """Make the question as it stands what new attempts are made of; no new version where nothing changed.

    It is checked while nothing is locked; if somebody saves another meanwhile, that one is checked too.

    Raises:
        Unfit: it cannot be asked; nothing changed.
    """
    while True:
        question = Question.objects.select_related("published").get(pk=question.pk)
        content = selectors.content_of(question)
        if question.published is None or question.published.digest != digest_of(content):
            check(content)
        version = _published(question, content, by, origin)
        if version is not None:
            return version


@transaction.atomic
def _published(
    question: Question, content: Content, by: User | None, origin: Origin
) -> QuestionVersion | None:
    """None where the question is no more what was checked."""
    question = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    if selectors.content_of(question) != content:
        return None
    digest = digest_of(content)
    version = question.published
    if version is None or version.digest != digest:
        last = question.versions.aggregate(last=Max("number"))["last"] or 0
        version = QuestionVersion.objects.create(
            question=question, number=last + 1, origin=origin, digest=digest, content=content.as_json(),
            core_version=attention_core.__version__, created_by=by,
        )  # fmt: skip
    question.published = version
    question.save(update_fields=["published"])
    return version


@transaction.atomic
def question_fill(*, question: Question, content: Content, order: int, concepts: list[str]) -> Question:
    """Write a content into the question's fields and options; learners see it once it is published."""
    question.type, question.order, question.concepts = content.type, order, concepts
    question.draw = "\n".join(f"{name} = {expression}" for name, expression in content.draw)
    question.require = "\n".join(content.require)
    question.answer, question.tolerance, question.pick = content.answer, content.tolerance, content.pick
    question.texts, question.own = content.texts, content.own
    question.hints = [asdict(one) for one in content.hints]
    question.save()
    question.options.all().delete()
    Option.objects.bulk_create(
        Option(
            question=question,
            key=one.key,
            order=place,
            right=one.right,
            value=one.value,
            group=one.group,
            texts=one.texts,
        )
        for place, one in enumerate(content.choices)
    )
    return question


def edit_digest(question: Question) -> str:
    """The name of all that the console's form of a question edits."""
    place = (question.module_id, question.slug, question.order, question.concepts, question.is_retired)
    options = list(question.options.values_list("key", "order"))
    return digest_of(selectors.content_of(question), *place, options)


def question_edited(*, question: Question) -> None:
    """Somebody changed it in the console: loading the camp's files leaves it alone from now on."""
    is_shipped = bool(question.shipped_digest) and question.shipped_digest == digest_of(
        selectors.content_of(question), question.order, question.concepts
    )
    question.edited_at = None if is_shipped and not question.is_retired else timezone.now()
    question.save(update_fields=["edited_at"])


def read_question(text: str) -> tuple[Content, int, list[str]]:
    """The content, order and concepts of a file of docs/course.md.

    Raises:
        Unfit: with the line where it is known.
    """
    given = source_yaml.mapping(text)
    order, concepts = given.pop("order", None), list_at(given, "concepts")
    given.pop("concepts", None)
    if type(order) is not int or not 0 <= order <= 10_000:
        raise Unfit(_("order: expected a whole number from 0 to 10000; got %(got)r") % {"got": order}, 1)
    if not all(isinstance(concept, str) for concept in concepts):
        raise Unfit(_("concepts: expected a list of texts; got %(got)r") % {"got": concepts}, 1)
    return content_of_yaml(given, LANGUAGES), order, concepts


def content_of_yaml(given: dict[str, Any], languages: tuple[str, ...]) -> Content:
    """A question's keys, of a file or of a block. Raises Unfit."""
    try:
        kind = question_type(str(given.get("type")))
    except ValueError as wrong:
        raise Unfit(f"type: {wrong}") from wrong
    return kind.of_yaml(given, languages)


def write_question(question: Question) -> str:
    """The question as a file, so that an edit can be taken over into the camp's own."""
    content = selectors.content_of(question)
    head = {"type": content.type, "order": question.order, "concepts": question.concepts}
    document = {**head, **question_type(content.type).to_yaml(content)}
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)


@loads
def load_questions(folder: Path, report: Report) -> Write:
    """questions/<module>/<slug>.yaml, and forms/<a or b>/<row>.yaml of the tests; edited ones are kept, vanished ones
    retired.
    """
    modules = module_slugs(folder)
    read: list[_Read | None] = []
    for path in sorted((folder / "questions").glob("*/*.yaml")):
        if path.parent.name not in modules:
            report.fault(path, 1, _("modules.yaml has no module “%(slug)s”") % {"slug": path.parent.name})
            continue
        read.append(_read(path, path.parent.name, path.stem, "", report))
    for path in sorted((folder / "forms").glob("[ab]/*.yaml")):
        form = path.parent.name
        read.append(_read(path, FORMS_MODULE, f"form-{form}-{path.stem}", form, report))
    return lambda: _write_questions([one for one in read if one is not None], report)


@dataclass(frozen=True)
class _Read:
    """A question's file; checked, unless the question was edited or made of it already."""

    module: str
    slug: str
    form: str
    content: Content
    order: int
    concepts: list[str]
    digest: str
    is_checked: bool


def _question(module: str, slug: str, *, locked: bool = False) -> Question | None:
    """`locked`: held against an instructor who saves at this moment, until the transaction ends."""
    found = Question.objects.filter(module__slug=module, slug=slug).select_related("module", "published")
    return (found.select_for_update(of=("self",), no_key=True) if locked else found).first()


def _is_current(question: Question, digest: str) -> bool:
    return question.shipped_digest == digest and question.published is not None


def _read(path: Path, module: str, slug: str, form: str, report: Report) -> _Read | None:
    at_fault: list[str] = []
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        content, order, concepts = read_question(text)
        digest = digest_of(content, order, concepts)
        question = _question(module, slug)
        is_checked = question is None or not (question.edited_at or _is_current(question, digest))
        if is_checked:
            check(content, at_fault.append)
    except (OSError, UnicodeDecodeError) as error:
        report.fault(path, 1, _("cannot be read (%(error)s)") % {"error": type(error).__name__})
        return None
    except Unfit as wrong:
        line = line_of(text, at_fault[0], start=1) + max(wrong.line, 1) - 1 if at_fault else wrong.line or 1
        report.fault(path, line, wrong.message)
        return None
    return _Read(module, slug, form, content, order, concepts, digest, is_checked)


def _write_questions(read: list[_Read], report: Report) -> None:
    modules = {module.slug: module for module in Module.objects.all()}
    seen = [_write_question(one, modules[one.module], report).pk for one in read]
    gone = Question.objects.exclude(pk__in=seen).exclude(shipped_digest="").filter(edited_at=None)
    for question in gone.select_related("module"):
        question.is_retired, question.shipped_digest = True, ""
        question.save(update_fields=["is_retired", "shipped_digest"])
        report.withdrawn.append(_name(question))


def _write_question(one: _Read, module: Module, report: Report) -> Question:
    question = _question(one.module, one.slug, locked=True)
    if question is not None and question.edited_at is not None:
        news = "" if question.shipped_digest == one.digest else "; the camp's file has changed since"
        moment = f"{question.edited_at:%Y-%m-%d %H:%M} UTC"
        report.kept.append(f"kept: {_name(question)}, edited at {moment}{news}")
        return question
    if question is not None and _is_current(question, one.digest):
        report.unchanged += 1
        return question
    is_new = question is None
    if not one.is_checked:  # it stood when its file was read and, rarely, does no more
        check(one.content)
    question = question or Question(module=module, slug=one.slug, form=one.form)
    if not question.shipped_digest:
        question.is_retired = False  # it is back
    question.shipped_digest = one.digest
    question_fill(question=question, content=one.content, order=one.order, concepts=one.concepts)
    _published(question, selectors.content_of(question), None, Origin.SHIPPED)
    (report.new if is_new else report.updated).append(_name(question))
    return question


def _name(question: Question) -> str:
    return f"{question.module.slug}/{question.slug}"
