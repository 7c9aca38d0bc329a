"""Tokens: made with a password, hashed at rest, scoped, expiring, revocable; guessing is slowed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from camp.accounts.models import ApiToken, User
from tests.camp.callers import PASSWORD, Api

pytestmark = pytest.mark.django_db


def make(**changes: Any) -> Any:
    return Api(None).post("/auth/tokens/", {"username": "ada", "password": PASSWORD, **changes})


def test_name_and_password_give_a_token_that_works(ada: User) -> None:
    answer = make(name="notebook", scopes=["me"], expires_in=60)
    assert answer.status_code == 201
    assert set(answer.json()) == {"token", "expiry"}
    caller = Api(None)
    caller.headers = {"Authorization": f"Token {answer.json()['token']}"}
    me = caller.get("/me/").json()
    assert (me["username"], me["is_guest"], me["roles"]) == ("ada", False, ["learner"])
    assert caller.get("/jobs/").status_code == 403, "only the scope asked for"


def test_only_a_hash_is_kept(ada: User) -> None:
    key = make().json()["token"]
    row = ApiToken.objects.get()
    assert key not in {str(value) for value in vars(row).values()}
    assert row.scopes == ["jobs", "course", "attempts", "me"], "all but teach"


def test_a_revoked_token_is_dead(api: Api) -> None:
    assert api.delete("/auth/tokens/current/").status_code == 204
    assert api.get("/me/").status_code == 401


def test_an_expired_token_is_dead(api: Api) -> None:
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert api.get("/me/").status_code == 401


def test_a_token_of_a_closed_account_is_dead(api: Api, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert api.get("/me/").status_code == 401


@pytest.mark.parametrize(
    "value",
    ["", "Token", "Token ", "Token a b", "Token \x00", "Token ÿþ", "Token " + "a" * 10_000, "Bearer abc"],
)
def test_a_strange_authorization_is_401(db: None, value: str) -> None:
    caller = Api(None)
    caller.headers = {"Authorization": value}
    assert caller.get("/me/").status_code == 401


def test_the_wrong_password_and_the_wrong_name_answer_the_same(ada: User) -> None:
    wrong, unknown = make(password="wrong"), make(username="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert wrong.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"username": 5}, "/username"), ({"password": None}, "/password"), ({"is_staff": True}, "/is_staff"),
     ({"scopes": ["root"]}, "/scopes"), ({"scopes": "jobs"}, "/scopes"), ({"scopes": [["jobs"]]}, "/scopes"),
     ({"expires_in": 0}, "/expires_in"), ({"expires_in": "60"}, "/expires_in"), ({"expires_in": 1e400}, "/expires_in"),
     ({"username": "a\0"}, "/username"), ({"name": "x" * 101}, "/name")],
)  # fmt: skip
def test_a_wrong_field_is_named(ada: User, changes: dict[str, Any], pointer: str) -> None:
    answer = make(**changes)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not ApiToken.objects.exists()


def test_guessing_is_slowed_with_retry_after(ada: User) -> None:
    answers = [make(password=f"guess {number}") for number in range(12)]
    assert {answer.status_code for answer in answers[:10]} == {401}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
