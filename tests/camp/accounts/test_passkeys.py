"""Passkeys: made, shown again, and whatever else may be sent in their place is an error of the form."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.test import Client
from fido2 import cbor
from fido2.utils import websafe_decode, websafe_encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camp.accounts.models import User
from tests.camp.accounts.soft_key import SoftKey, challenge_in
from tests.camp.callers import PASSWORD

pytestmark = pytest.mark.django_db
ADD, LOGIN = "/account/2fa/webauthn/add/", "/account/2fa/webauthn/login/"
SECOND, AGAIN = "/account/2fa/authenticate/", "/account/2fa/webauthn/reauthenticate/"


class Ada:
    """Her key, and the way to each page that takes one: a browser there, and the credential the page would accept."""

    def __init__(self, user: User) -> None:
        self.key = SoftKey()
        self.handle = websafe_encode(user_pk_to_url_str(user).encode())
        self.browser, made = self.at(ADD)
        form = {"name": "desk", "passwordless": "on", "credential": json.dumps(made)}
        assert self.browser.post(ADD, form)["Location"] == "/account/2fa/recovery-codes/"

    def at(self, address: str) -> tuple[Client, Any]:
        browser = Client()
        if address == LOGIN:
            page = browser.get(LOGIN, headers={"X-Requested-With": "XMLHttpRequest"})
            challenge = page.json()["request_options"]["publicKey"]["challenge"]
            return browser, self.key.show(challenge, self.handle)
        if address != SECOND and hasattr(self, "browser"):
            browser = self.browser
        else:
            browser.post("/account/login/", {"login": "ada", "password": PASSWORD})
        challenge = challenge_in(browser.get(address).content.decode())
        return browser, self.key.make(challenge) if address == ADD else self.key.show(challenge, self.handle)


@pytest.fixture
def at_her_desk(ada: User, settings: Any) -> Ada:
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False  # here far more is tried than anybody may
    return Ada(ada)


@pytest.mark.parametrize("address", [LOGIN, SECOND])
def test_a_passkey_opens_the_account(at_her_desk: Ada, address: str) -> None:
    browser, credential = at_her_desk.at(address)
    assert browser.post(address, {"credential": json.dumps(credential)}).status_code == 302
    assert browser.get("/account/").status_code == 200


def test_a_passkey_confirms_who_is_signed_in(at_her_desk: Ada) -> None:
    browser, credential = at_her_desk.at(AGAIN)
    form = {"credential": json.dumps(credential), "next": "/account/erase/"}
    assert browser.post(AGAIN, form)["Location"] == "/account/erase/"


def test_passkeys_are_not_tried_without_end(ada: User) -> None:
    desk = Ada(ada)
    guesser, wrong = desk.at(SECOND)
    mine, right = desk.at(AGAIN)
    wrong["response"]["signature"] = "AAAA"
    for _ in range(10):
        assert guesser.post(SECOND, {"credential": json.dumps(wrong)}).status_code == 200
    for browser, address, shown in ((guesser, SECOND, wrong), (mine, AGAIN, right)):
        locked = browser.post(address, {"credential": json.dumps(shown)})
        assert (locked.status_code, locked["Retry-After"]) == (429, "300")
        assert "Too many tries. Try again in 5 minutes." in locked.content.decode()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))


def spoil(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    """`whole` with `value` at a place, or nothing there if it is `...`; a function makes the value of what is there."""
    if not path:
        return value(whole) if callable(value) else value
    spoilt = spoil(whole.get(path[0]), path[1:], value)
    rest = {name: inner for name, inner in whole.items() if name != path[0]}
    return rest if spoilt is ... else {**rest, path[0]: spoilt}


def inside_json(path: tuple[Any, ...], value: Any) -> Callable[[str], str]:
    """The same for what stands, as JSON, in a field in base64."""
    return lambda field: websafe_encode(
        json.dumps(spoil(json.loads(websafe_decode(field)), path, value)).encode()
    )


def inside_cbor(path: tuple[Any, ...], value: Any) -> Callable[[str], str]:
    return lambda field: websafe_encode(cbor.encode(spoil(cbor.decode(websafe_decode(field)), path, value)))


CLIENT_DATA, ATTESTATION = ("response", "clientDataJSON"), ("response", "attestationObject")
SHOWN = ("response", "authenticatorData")
A_LOT = 10**12  # bytes, were the number taken for their count
SHAPES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "nothing": ((), {}),
    "null": ((), None),
    "a list": ((), []),
    "a number": ((), 1),
    "a string": ((), "passkey"),
    "without rawId": (("rawId",), ...),
    "without any id": ((), lambda credential: {"response": credential["response"]}),
    "without response": (("response",), ...),
    "response a list": (("response",), []),
    "response null": (("response",), None),
    "rawId a number": (("rawId",), A_LOT),
    "rawId not base64": (("rawId",), "é"),
    "extensions null": (("clientExtensionResults",), None),
    "extensions a list": (("clientExtensionResults",), []),
    "credProps a list": (("clientExtensionResults", "credProps"), []),
    "client data missing": (CLIENT_DATA, ...),
    "client data a number": (CLIENT_DATA, A_LOT),
    "client data not JSON": (CLIENT_DATA, "AAAA"),
    "client data a list": (CLIENT_DATA, websafe_encode(b"[]")),
    "client data deep": (CLIENT_DATA, websafe_encode(b"[" * 40_000)),
    "a challenge of a number": (CLIENT_DATA, inside_json(("challenge",), A_LOT)),
    "another challenge": (CLIENT_DATA, inside_json(("challenge",), "AAAA")),
    "an origin of a list": (CLIENT_DATA, inside_json(("origin",), [])),
    "a zero byte": (("clientExtensionResults",), {"credProps": {"rk": "\0"}}),
    "half a character": (("clientExtensionResults",), {"credProps": {"rk": "\ud800"}}),
}  # fmt: skip
MADE = {
    "attestation missing": (ATTESTATION, ...),
    "attestation a number": (ATTESTATION, A_LOT),
    "attestation not CBOR": (ATTESTATION, "____"),
    "attestation cut short": (ATTESTATION, lambda field: field[:80]),
    "attestation deep": (ATTESTATION, websafe_encode(b"\x81" * 30_000)),
    "authData a number": (ATTESTATION, inside_cbor(("authData",), 2**40)),
    "without a key": (ATTESTATION, inside_cbor(("authData",), lambda data: data[:32] + b"\x05" + data[33:37])),
    "a key of an unknown kind": (ATTESTATION, inside_cbor(("authData",), lambda data: data.replace(b"\x03\x26", b"\x03\x2a"))),
    "a key without numbers": (ATTESTATION, inside_cbor(("authData",), lambda data: data[:55 + len(b"soft key")] + cbor.encode({1: 2, 3: -7}))),
}  # fmt: skip
GOT = {
    "data a number": (SHOWN, A_LOT),
    "data cut short": (SHOWN, "AAAA"),
    "signature missing": (("response", "signature"), ...),
    "another signature": (("response", "signature"), "AAAA"),
    "account a number": (("response", "userHandle"), A_LOT),
    "account not a name": (("response", "userHandle"), "____"),
}
BY_ADDRESS = {
    LOGIN: SHAPES | GOT,
    SECOND: SHAPES
    | {name: case for name, case in GOT.items() if "userHandle" not in case[0]},  # it is known whose
    ADD: SHAPES | MADE,
}


@pytest.mark.parametrize("address", BY_ADDRESS)
def test_what_is_no_passkey_is_an_incorrect_one(at_her_desk: Ada, address: str) -> None:
    def told(spoilt: Any) -> bool:
        browser, credential = at_her_desk.at(address)
        form = {"name": "desk", "credential": json.dumps(spoil(credential, *spoilt))}
        page = browser.post(address, form, follow=True)
        assert page.status_code == 200
        assert address == ADD or browser.get("/account/").status_code == 302
        return "Incorrect code." in page.content.decode()

    assert [name for name, case in BY_ADDRESS[address].items() if not told(case)] == []
    assert Authenticator.objects.filter(type="webauthn").count() == 1


@pytest.mark.parametrize("address", [LOGIN, SECOND, ADD])
def test_what_is_not_even_json_is_told_in_the_form(at_her_desk: Ada, address: str) -> None:
    browser, _credential = at_her_desk.at(address)
    texts = {
        "": "is required",
        "\0": "Null characters",
        "x" * 70_000: "at most 65536 characters (it has 70000)",
        **dict.fromkeys(["{", "[" * 60_000, "9" * 60_000, "NaN"], "Incorrect code."),
    }
    for text, words in texts.items():
        answer = browser.post(address, {"name": "desk", "credential": text}, follow=True)
        assert (answer.status_code, words in answer.content.decode()) == (200, True), text[:20]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
CUT = st.integers(0, 200).map(lambda end: lambda there: there[:end] if isinstance(there, str) else there)


@pytest.mark.parametrize("address", [*BY_ADDRESS, AGAIN])
def test_no_shape_of_a_credential_is_an_error_of_ours(at_her_desk: Ada, address: str) -> None:
    _browser, example = at_her_desk.at(address)
    inside = ("type", "challenge", "origin", "crossOrigin")
    spoils = st.tuples(st.sampled_from(list(places(example))), st.just(...) | ANYTHING | CUT)
    spoils |= st.tuples(
        st.just(CLIENT_DATA),
        st.builds(
            inside_json, st.sampled_from(inside).map(lambda name: (name,)), st.just(...) | ANYTHING | CUT
        ),
    )
    if address == ADD:
        whole = st.sampled_from([("fmt",), ("authData",), ("attStmt",), ()])
        values = st.just(...) | st.binary() | st.integers(0, 2**60) | st.booleans() | st.text()
        spoils |= st.tuples(
            st.just(ATTESTATION), st.builds(inside_cbor, whole, values.filter(lambda v: v is not ...))
        )

    @given(spoils)
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def check(spoilt: tuple[Any, Any]) -> None:
        browser, credential = at_her_desk.at(address)
        form = {"name": "desk", "credential": json.dumps(spoil(credential, *spoilt))}
        assert browser.post(address, form).status_code in (200, 302)
        # What was taken must not break a page later.
        assert at_her_desk.browser.get("/account/2fa/webauthn/").status_code == 200

    check()
