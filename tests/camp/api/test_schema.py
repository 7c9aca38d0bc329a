"""The description at /api/schema/: sound OpenAPI 3.1, all calls and no others, nothing typed twice."""

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern
from drf_spectacular.validation import validate_schema

from attention_core import catalogue
from attention_core.params import json_schema
from camp.api import schema, schema_examples, urls
from tests.camp.api.test_schema_walk import validate
from tests.camp.callers import Api

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFERENCE = "#/components/schemas/"


def described() -> set[tuple[str, str]]:
    return {
        (method.upper(), path) for path, methods in schema.document()["paths"].items() for method in methods
    }


def routes() -> list[str]:
    patterns = [entry for entry in urls.urlpatterns if isinstance(entry, URLPattern)]
    assert len(patterns) == len(urls.urlpatterns)
    return ["/api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(entry.pattern)) for entry in patterns]


def test_it_is_served_to_everyone_and_is_sound(client: Client) -> None:
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    found = answer.json()
    assert found["openapi"].startswith("3.1.")
    validate_schema(found)
    assert client.post("/api/schema/").status_code == 405


def test_it_is_the_same_in_every_language(client: Client) -> None:
    schema.document.cache_clear()
    chinese = client.get("/api/schema/", headers={"Accept-Language": "zh"}).content
    assert chinese == client.get("/api/schema/").content
    assert "Scoring function" in chinese.decode()


def test_every_address_answers_exactly_the_methods_described(api: Api, woken: list[Any]) -> None:
    """Asked of the camp itself: what is not 405 is a call."""
    answered = set()
    for route in [*routes(), "/healthz", "/readyz", "/api/schema/"]:
        path = route.format_map(defaultdict(uuid4))
        for method in METHODS:
            headers = Api(api.user).headers  # DELETE of the current token kills it
            if api.client.generic(method, path, headers=headers).status_code != 405:
                answered.add((method, route))
    assert answered == described()


def test_every_call_has_a_true_example_and_every_word_a_tag() -> None:
    names = {op["operationId"] for ops in schema.document()["paths"].values() for op in ops.values()}
    assert {exchange["call"] for exchange in schema_examples.recorded()} == names
    tags = {tag["name"] for tag in schema.document()["tags"]}
    assert {op["tags"][0] for ops in schema.document()["paths"].values() for op in ops.values()} == tags


def test_every_reference_leads_somewhere_and_no_shape_is_left_over() -> None:
    found = schema.document()
    text = json.dumps(found)
    for name in found["components"]["schemas"]:
        assert f'"{REFERENCE}{name}"' in text, name
    used = {part.split('"')[0] for part in text.split(f'"{REFERENCE}')[1:]}
    assert used == set(found["components"]["schemas"])


@pytest.mark.parametrize("name", list(catalogue.tasks()))
def test_the_params_of_a_task_are_its_own_schema(name: str) -> None:
    task = catalogue.tasks()[name]
    own = json_schema(task.params)
    del own["$schema"]
    assert own in schema.document()["components"]["schemas"].values()
    jobs = schema.document()["components"]["schemas"]["JobRequest"]
    assert name in jobs["discriminator"]["mapping"]


@pytest.mark.parametrize(
    "body",
    [
        {"task": "attention"},
        {"task": "attention", "params": None},
        {"task": "nothing", "params": {}},
        {"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [[1]]}, "more": 1},
        {"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [["1"]]}},
        {"task": "attention", "params": {"query": [[1]], "key": [[1]], "value": [[1]], "num_heads": 17}},
    ],
)
def test_what_the_camp_refuses_the_schema_refuses(api: Api, body: dict[str, Any]) -> None:
    from jsonschema import ValidationError

    assert api.post("/jobs/", body).status_code == 400
    with pytest.raises(ValidationError):
        validate(body, {"$ref": REFERENCE + "JobRequest"})


def test_serving_calls_loads_nothing_that_describes_them(project: Path, tmp_path: Path) -> None:
    probe = (
        "import os, sys; os.environ['CAMP_DATA_DIR'] = sys.argv[1]; import camp.asgi, camp.urls;"
        "sys.exit(any(name.startswith(('drf_spectacular', 'camp.api.schema')) for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", probe, str(tmp_path)], cwd=project, check=False)
    assert done.returncode == 0


def test_a_call_that_is_throttled_says_so() -> None:
    paths = schema.document()["paths"]
    assert "429" in paths["/api/v1/auth/tokens/"]["post"]["responses"]
