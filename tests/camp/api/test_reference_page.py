"""`/api/docs/`: everything that the schema says, readable, with commands that can be copied."""

import re
from html import unescape

import pytest
from django.test import Client

from camp import problem_types
from camp.api import reference_page, schema

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client) -> str:
    answer = client.get("/api/docs/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_call_shape_and_kind_of_problem_is_on_it(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    found = schema.document()
    calls = {operation["operationId"] for path in found["paths"].values() for operation in path.values()}
    shapes = {f"shape-{name}" for name in found["components"]["schemas"]}
    assert calls | shapes | {f"problem-{code}" for code in problem_types.CATALOGUE} <= set(ids)


def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'\sid="([^"]+)"', page))


def test_commands_name_this_camp_and_the_readers_own_token(page: str) -> None:
    commands = [
        unescape(text) for text in re.findall(r'<pre class="command"[^>]*>(.*?)</pre>', page, re.DOTALL)
    ]
    assert len(commands) > 30
    assert all("http://testserver/" in command for command in commands)
    assert any('"Authorization: Token $TOKEN"' in command and "$JOB" in command for command in commands)


def test_texts_of_the_page_are_chinese_for_chinese_readers_and_the_reference_is_marked_english(
    client: Client,
) -> None:
    page = client.get("/api/docs/", headers={"Accept-Language": "zh"}).content.decode()
    assert '<p lang="en">The job as it stands.' in page


def test_the_footer_leads_to_it(client: Client) -> None:
    assert 'href="/api/docs/"' in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 16}, "whole number, 1 to 16"),
        ({"type": "number", "minimum": -1e6, "maximum": 1e6}, "number, -1e6 to 1e6"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "time or null"),
        ({"type": ["boolean", "null"]}, "true or false or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Job"}}, "list of Job"),
        ({"type": "string", "minLength": 1, "maxLength": 64}, "text, 1 to 64 long"),
        ({"const": "ok"}, '"ok"'),
        ({}, "any value"),
    ],
)
def test_a_shape_is_told_in_a_few_words(shape: dict[str, object], words: str) -> None:
    assert reference_page.kind(shape) == words


def test_the_reference_leads_to_the_tokens_and_to_the_guide(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert 'href="/account/tokens/"' in page
    assert 'href="/api/docs/guide/"' in page
    guide = client.get("/api/docs/guide/").content.decode()
    assert "<h2>A token</h2>" in guide
    assert "$ api $CAMP/api/v1/me/" in guide
    assert not re.search(r'href="[^"]*\.md"', guide), "no link to a file that is not here"
