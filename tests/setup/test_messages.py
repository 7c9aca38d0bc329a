"""The translations' tool: what it finds is what Django looks up; what it refuses."""

import gettext as gnu
import os

import pytest
from django.template import Context, Engine
from django.utils import translation
from django.utils.translation import trans_real

from setup import messages

ENGINE = Engine(builtins=["django.templatetags.i18n"])


@pytest.fixture
def project(tmp_path):
    for folder in ("camp", "attention_core", "templates", "static/js"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def domain(project):
    return messages.domains(project)[0]


def ids(kind, text):
    return [message for _, message, _, _ in messages.read_messages(kind, text)]


TEMPLATES = [
    '{% translate "Plain" %}',
    "{% translate 'Single quotes' %}",
    '{% translate "100 % sure" %}',
    '{% translate "Run" context "verb" %}',
    '{% translate "Kept" as title %}{{ title }}',
    '{{ _("A constant") }}',
    '{{ missing|default:_("An argument") }}',
    '{% if name == _("A comparison") %}{% endif %}',
    "{% blocktranslate %}Hello {{ name }}, 5 % off{% endblocktranslate %}",
    "{% blocktranslate with who=name %}Hello {{ who }}{% endblocktranslate %}",
    "{% blocktranslate trimmed %}\n    Two\n    lines\n{% endblocktranslate %}",
    "{% blocktranslate %}\n  Untrimmed\n{% endblocktranslate %}",
    '{% blocktranslate context "greeting" trimmed %}\n  Hi {{ name }}\n{% endblocktranslate %}',
    "{% blocktranslate count n=jobs %}{{ n }} job{% plural %}{{ n }} jobs{% endblocktranslate %}",
    "  {% if name %}\n\t\t{% translate 'Deep' %}\n {% endif %}",
    "<p title=\"{% translate 'Quoted' %}\">it's</p>",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_id_is_what_django_looks_up_at_run_time(template, monkeypatch):
    looked_up = []

    class Noting(gnu.NullTranslations):
        def gettext(self, message):
            looked_up.append(message)
            return message

        def ngettext(self, singular, plural, n):
            looked_up.append((singular, plural))
            return plural

        def __getitem__(self, key):
            raise KeyError(key)

    monkeypatch.setattr(trans_real, "catalog", Noting)
    noting = Noting()
    noting.language = lambda: "zh-hans"
    with translation.override("zh-hans"):
        monkeypatch.setattr(trans_real, "translation", lambda language: noting)
        monkeypatch.setattr(trans_real._active, "value", noting, raising=False)
        ENGINE.from_string(template).render(Context({"name": "Ada", "jobs": 3}))
    found = []
    for _, message, _, context in messages.read_messages("template", template):
        parts = message if isinstance(message, tuple) else (message,)
        parts = tuple(f"{context}\x04{part}" if context else part for part in parts)
        found.append(parts if len(parts) > 1 else parts[0])
    assert found == looked_up
    assert found


def test_python_calls_are_found():
    text = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext
a = _("Plain, "
      "in two parts")
b = gettext_lazy("100% sure")
c = ngettext("%(n)d job", "%(n)d jobs", n)
d = pgettext("verb", "Run")
e = gettext_noop('Single')
f = _(not_a_text)
"""
    assert ids("python", text) == [
        "Plain, in two parts", "100% sure", ("%(n)d job", "%(n)d jobs"), "Run", "Single",
    ]  # fmt: skip


def test_javascript_calls_are_found():
    assert ids("javascript", "say(gettext('Saved'), ngettext('one', 'many', n))") == [
        "Saved",
        ("one", "many"),
    ]


def write_po(domain, body):
    domain.po.parent.mkdir(parents=True, exist_ok=True)
    domain.po.write_text('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n' + body)


def test_update_writes_every_text_once_and_is_stable(project, domain):
    (project / "camp" / "a.py").write_text('_("Run")\n_("Stop")\n')
    (project / "templates" / "a.html").write_text('{% translate "Run" %}')
    messages.update(domain)
    first = domain.po.read_text()
    assert first.count('msgid "Run"') == 1
    assert "#: camp/a.py templates/a.html" in first
    assert "nplurals=1" in first
    messages.update(domain)
    assert domain.po.read_text() == first
    assert messages.problems(domain) == [
        "camp/a.py, templates/a.html: 'Run': not translated",
        "camp/a.py: 'Stop': not translated",
    ]


def test_a_text_that_goes_is_set_aside_and_finds_its_translation_when_it_returns(project, domain):
    source = project / "camp" / "a.py"
    source.write_text('_("A text about keys")')
    write_po(domain, 'msgid "A text about keys"\nmsgstr "键"\n')
    assert messages.problems(domain) == []
    source.write_text("")
    assert messages.problems(domain) == ["django.po: 'A text about keys': no longer used"]
    messages.update(domain)
    assert messages.problems(domain) == ["django.po: 'A text about keys': set aside (#~)"]
    source.write_text('_("A text about keys")')
    messages.update(domain)
    assert messages.problems(domain) == []
    source.write_text("")
    messages.update(domain, prune=True)
    assert "keys" not in domain.po.read_text()


@pytest.mark.parametrize(
    ("source", "body", "problem"),
    [
        ('_("Run")', "", "missing (run make messages)"),
        ('_("Run")', 'msgid "Run"\nmsgstr ""\n', "not translated"),
        (
            '_("Run")',
            '#, fuzzy\nmsgid "Run"\nmsgstr "跑"\n',
            "fuzzy: look at the translation and remove the mark",
        ),
        (
            '_("%(n)s rows")',
            'msgid "%(n)s rows"\nmsgstr "%(m)s 行"\n',
            "placeholders differ: %(m)s, expected %(n)s",
        ),
        ('_("Row {row}")', 'msgid "Row {row}"\nmsgstr "行"\n', "placeholders differ: none, expected {row}"),
        ('_("Sure")', 'msgid "Sure"\nmsgstr "%s"\n', "placeholders differ: %s, expected none"),
        ('pgettext("verb", "Run")', 'msgid "Run"\nmsgstr "跑"\n', "missing (run make messages)"),
    ],
)
def test_problems_are_named(project, domain, source, body, problem):
    (project / "camp" / "a.py").write_text(source)
    write_po(domain, body)
    assert any(
        line.startswith("camp/a.py: ") and line.endswith(f": {problem}") for line in messages.problems(domain)
    )


@pytest.mark.parametrize("translated", ["%(n)d 个任务", "一个任务"])
def test_a_plural_may_use_the_placeholders_of_either_form(project, domain, translated):
    (project / "camp" / "a.py").write_text('ngettext("One job", "%(n)d jobs", n)')
    write_po(domain, f'msgid "One job"\nmsgid_plural "%(n)d jobs"\nmsgstr[0] "{translated}"\n')
    assert messages.problems(domain) == []


def test_a_doubled_percent_sign_is_no_placeholder(project, domain):
    (project / "templates" / "a.html").write_text('{% translate "100 % sure" %}')
    write_po(domain, 'msgid "100 %% sure"\nmsgstr "百分之百"\n')
    assert messages.problems(domain) == []


def test_compile_writes_what_django_reads_and_only_when_it_is_older(project, domain):
    write_po(domain, 'msgid "Run"\nmsgstr "运行"\n\nmsgctxt "noun"\nmsgid "Run"\nmsgstr "一次运行"\n')
    messages.compile_messages(domain)
    with domain.mo.open("rb") as file:
        catalog = gnu.GNUTranslations(file)
    assert catalog.gettext("Run") == "运行"
    assert catalog.pgettext("noun", "Run") == "一次运行"
    domain.mo.write_bytes(b"newer")
    messages.compile_messages(domain)
    assert domain.mo.read_bytes() == b"newer"
    os.utime(domain.mo, (0, 0))
    messages.compile_messages(domain)
    assert domain.mo.read_bytes() != b"newer"
