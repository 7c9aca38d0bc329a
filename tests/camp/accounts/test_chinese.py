"""Accounts in Chinese: every page and mail, allauth's too, without an English word, and with one name for each thing."""

import re
from collections.abc import Callable, Iterator
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import allauth
import django
import pytest
from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context as allauth_context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.utils import translation

from camp.accounts import borrowed_words, urls
from camp.accounts.models import User
from camp.accounts.services import account_set
from tests.camp.callers import PASSWORD

pytestmark = pytest.mark.django_db
NAME, ADDRESS, OTHER_ADDRESS = "艾达", "ada@camp.example", "new@camp.example"
# The camp's name stands beside its Chinese one, and these are the same in Chinese.
ALLOWED = {"Attention", "Training", "Camp", "API", "TOTP", "NPZ", "JSON", "JavaScript", "localhost", "UTC"}
# Scopes of tokens and what stands in the header that carries one; time zones.
ALLOWED |= {"jobs", "course", "attempts", "me", "notebook", "Authorization", "Token"}
# One name for each thing: 账号, 邮箱 and 邮件, 退出, 验证码 and 恢复代码, 双重验证, 通行密钥.
OTHER_NAMES = r"账户|帐号|帐户|电子邮件|登出|(?<!恢复)代码|双因素|两步验证|安全密钥(?!证明)|第二重|令牌无效"


class Shown(HTMLParser):
    """What a reader meets: text, and what is said by attributes; not what says of itself that it is English."""

    VOID = {"br", "circle", "hr", "img", "input", "link", "meta", "path", "rect", "use", "wbr"}

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent: list[bool] = []  # of the elements around
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        silent = tag in ("script", "style", "code") or given.get("lang") == "en"
        silent = silent or given.get("id") == "id_time_zone"
        if tag not in self.VOID:
            self._silent.append(silent or any(self._silent[-1:]))
        if not any(self._silent):
            names = ("title", "placeholder", "alt", "aria-label")
            self.words += [given[name] or "" for name in names if name in given]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self._silent:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._silent):
            self.words.append(data)


def english(text: str, *data: str) -> set[str]:
    """Latin words that are neither allowed nor part of `data`, which people and machines gave."""
    for known in sorted(data, key=len, reverse=True):
        text = text.replace(known, " ")
    return set(re.findall(r"[A-Za-z]{2,}", text)) - ALLOWED


def of(client: Client, method: str, path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
    """A page as it is shown in the end, and its address."""
    chinese = {"Accept-Language": "zh-CN", "User-Agent": ""}
    answer = getattr(client, method)(path, form or {}, follow=True, headers=chinese)
    assert answer.status_code in (200, 422, 429), (path, answer.status_code)
    return answer.content.decode(), answer.redirect_chain[-1][0] if answer.redirect_chain else path


@pytest.fixture
def ada(db: None) -> User:
    return account_set(username=NAME, role="learner", password=PASSWORD)[0]


@pytest.fixture
def adas(ada: User) -> Client:
    client = Client()
    of(client, "post", "/account/login/", {"login": NAME, "password": PASSWORD})
    return client


@pytest.fixture
def address(ada: User) -> EmailAddress:
    return EmailAddress.objects.create(user=ada, email=ADDRESS, primary=True, verified=True)


@pytest.fixture
def factors(ada: User) -> None:
    TOTP.activate(ada, "A" * 32)
    RecoveryCodes.activate(ada)


def key_of(person: User) -> Authenticator:
    return Authenticator.objects.create(user=person, type="webauthn", data={"name": "钥匙", "credential": {}})


def reset_link(person: User) -> str:
    return f"/account/password/reset/key/{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}/"


NEW = {"password1": "another-long-sentence", "password2": "another-long-sentence"}
SHORT = {"password1": "short", "password2": "shorter"}
# What nobody needs to sign in for.
OPEN_PAGES: dict[str, tuple[str, str, dict[str, str]]] = {
    "sign-in": ("get", "/account/login/", {}),
    "a wrong password": ("post", "/account/login/", {"login": NAME, "password": "wrong"}),
    "nothing typed": ("post", "/account/login/", {}),
    "sign-up": ("get", "/account/signup/", {}),
    "a bad sign-up": ("post", "/account/signup/", {"username": "a b", "email": "no", **SHORT}),
    "a taken name": ("post", "/account/signup/", {"username": NAME, "email": ADDRESS, **NEW}),
    "a closed name": ("post", "/account/signup/", {"username": "艾", **SHORT}),
    "reset": ("get", "/account/password/reset/", {}),
    "a reset of nothing": ("post", "/account/password/reset/", {"email": "no"}),
    "a reset asked for": ("post", "/account/password/reset/", {"email": ADDRESS}),
    "a reset sent": ("get", "/account/password/reset/done/", {}),
    "a dead reset link": ("get", "/account/password/reset/key/1-abc/", {}),
    "reset done": ("get", "/account/password/reset/key/done/", {}),
    "a closed account": ("get", "/account/inactive/", {}),
    "mail sent": ("get", "/account/confirm-email/", {}),
    "a dead link": ("get", "/account/confirm-email/abc/", {}),
}
# With a fresh sign-in. What it says is read before it is done.
OWN_PAGES: dict[str, tuple[str, str, dict[str, str]]] = {
    "account": ("get", "/account/", {}),
    "sign-out": ("get", "/account/logout/", {}),
    "signed out": ("post", "/account/logout/", {}),
    "a wrong time zone": ("post", "/account/time-zone/", {"time_zone": "?"}),
    "a time zone": ("post", "/account/time-zone/", {"time_zone": "UTC"}),
    "sessions": ("get", "/account/sessions/", {}),
    "all others": ("post", "/account/sessions/", {}),
    "one": ("post", "/account/sessions/", {"session": "0"}),
    "tokens": ("get", "/account/tokens/", {}),
    "a token": ("post", "/account/tokens/", {"name": "甲", "scopes": "jobs", "expires_in": "604800"}),
    "a bad token": ("post", "/account/tokens/", {"name": ""}),
    "revoked": ("post", "/account/tokens/none/revoke/", {}),
    "erase": ("get", "/account/erase/", {}),
    "a wrong name": ("post", "/account/erase/", {"username": "错"}),
    "erased": ("post", "/account/erase/", {"username": NAME}),
    "addresses": ("get", "/account/email/", {}),
    "an address": ("post", "/account/email/", {"action_add": "", "email": OTHER_ADDRESS}),
    "a bad address": ("post", "/account/email/", {"action_add": "", "email": "no"}),
    "the same address": ("post", "/account/email/", {"action_add": "", "email": ADDRESS}),
    "sent again": ("post", "/account/email/", {"action_send": "", "email": ADDRESS}),
    "made primary": ("post", "/account/email/", {"action_primary": "", "email": ADDRESS}),
    "removed": ("post", "/account/email/", {"action_remove": "", "email": ADDRESS}),
    "password": ("get", "/account/password/change/", {}),
    "set": ("get", "/account/password/set/", {}),
    "a wrong old one": ("post", "/account/password/change/", {"oldpassword": "wrong", **SHORT}),
    "changed": ("post", "/account/password/change/", {"oldpassword": PASSWORD, **NEW}),
    "again": ("get", "/account/reauthenticate/", {}),
    "again, wrong": ("post", "/account/reauthenticate/", {"password": "wrong"}),
    "factors": ("get", "/account/2fa/", {}),
    "codes": ("get", "/account/2fa/totp/activate/", {}),
    "a wrong first code": ("post", "/account/2fa/totp/activate/", {"code": "000000"}),
    "no codes to make": ("post", "/account/2fa/recovery-codes/generate/", {}),
    "keys": ("get", "/account/2fa/webauthn/", {}),
    "a key": ("get", "/account/2fa/webauthn/add/", {}),
    "a bad key": ("post", "/account/2fa/webauthn/add/", {"name": "甲" * 101, "credential": "no"}),
    "signed in already": ("get", "/account/login/", {}),
}
# With codes turned on.
SAFE_PAGES: dict[str, tuple[str, str, dict[str, str]]] = {
    "account": ("get", "/account/", {}),
    "factors": ("get", "/account/2fa/", {}),
    "turn off": ("get", "/account/2fa/totp/deactivate/", {}),
    "turned off": ("post", "/account/2fa/totp/deactivate/", {}),
    "recovery codes": ("get", "/account/2fa/recovery-codes/", {}),
    "new ones": ("get", "/account/2fa/recovery-codes/generate/", {}),
    "made": ("post", "/account/2fa/recovery-codes/generate/", {}),
    "on already": ("get", "/account/2fa/totp/activate/", {}),
    "again by code": ("get", "/account/2fa/reauthenticate/", {}),
    "again by code, wrong": ("post", "/account/2fa/reauthenticate/", {"code": "0"}),
    "rename": ("get", "/account/2fa/webauthn/keys/{key}/edit/", {}),
    "renamed": ("post", "/account/2fa/webauthn/keys/{key}/edit/", {"name": "乙"}),
    "remove": ("get", "/account/2fa/webauthn/keys/{key}/remove/", {}),
    "removed": ("post", "/account/2fa/webauthn/keys/{key}/remove/", {}),
}


def assert_chinese(page: str, address: str = "") -> None:
    assert '<html lang="zh-Hans"' in page
    shown = " ".join(" ".join(Shown(page).words).split())
    assert english(shown, NAME, ADDRESS, OTHER_ADDRESS) == set(), (address, shown)
    assert re.findall(OTHER_NAMES, shown) == [], (address, shown)


@pytest.mark.parametrize("name", OPEN_PAGES)
def test_a_page_for_everybody(ada: User, address: EmailAddress, name: str) -> None:
    assert_chinese(*of(Client(), *OPEN_PAGES[name]))


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_page_of_ones_own(adas: Client, address: EmailAddress, name: str) -> None:
    assert_chinese(*of(adas, *OWN_PAGES[name]))


@pytest.mark.parametrize("name", SAFE_PAGES)
def test_a_page_of_somebody_with_a_second_factor(adas: Client, ada: User, factors: None, name: str) -> None:
    key = key_of(ada)
    method, path, form = SAFE_PAGES[name]
    assert_chinese(*of(adas, method, path.format(key=key.pk), form))


@pytest.mark.parametrize("is_primary", [True, False])
def test_the_page_of_addresses_says_how_each_stands(adas: Client, ada: User, is_primary: bool) -> None:
    EmailAddress.objects.create(user=ada, email=ADDRESS, primary=is_primary, verified=is_primary)
    EmailAddress.objects.create(user=ada, email=OTHER_ADDRESS, primary=False, verified=not is_primary)
    assert_chinese(*of(adas, "get", "/account/email/"))
    for action in ("action_send", "action_primary", "action_remove"):
        assert_chinese(*of(adas, "post", "/account/email/", {action: "", "email": OTHER_ADDRESS}))


def test_an_account_without_an_address_is_warned(adas: Client) -> None:
    assert_chinese(*of(adas, "get", "/account/email/"))


def test_the_second_step_of_signing_in(ada: User, factors: None) -> None:
    client = Client()
    login = {"login": NAME, "password": PASSWORD}
    page, where = of(client, "post", "/account/login/", login)
    assert where == "/account/2fa/authenticate/"
    assert_chinese(page)
    for code in ["000000"] * 11:
        page, _where = of(client, "post", where, {"code": code})
    assert_chinese(page)


def test_too_many_wrong_passwords(ada: User) -> None:
    client = Client()
    for _ in range(11):
        page, _where = of(client, "post", "/account/login/", {"login": NAME, "password": "wrong"})
    assert_chinese(page)


def test_a_reset_from_its_link_to_its_end(ada: User, address: EmailAddress) -> None:
    client = Client()
    page, where = of(client, "get", reset_link(ada))
    assert_chinese(page)
    assert_chinese(*of(client, "post", where, SHORT))
    page, where = of(client, "post", where, NEW)
    assert where == "/account/password/reset/key/done/"
    assert_chinese(page)


def test_an_address_is_confirmed_by_its_link(adas: Client, ada: User) -> None:
    waiting = EmailAddress.objects.create(user=ada, email=OTHER_ADDRESS)
    link = f"/account/confirm-email/{EmailConfirmationHMAC(waiting).key}/"
    page, _where = of(adas, "get", link)
    assert OTHER_ADDRESS in page
    assert_chinese(page)
    assert_chinese(*of(adas, "post", link))
    assert_chinese(*of(adas, "get", link))


def test_an_address_that_another_has_confirmed(adas: Client, ada: User) -> None:
    waiting = EmailAddress.objects.create(user=ada, email=OTHER_ADDRESS)
    other = account_set(username="别人", role="learner", password=PASSWORD)[0]
    EmailAddress.objects.create(user=other, email=OTHER_ADDRESS, verified=True)
    assert_chinese(*of(adas, "get", f"/account/confirm-email/{EmailConfirmationHMAC(waiting).key}/"))


def test_sign_up_where_no_mail_is_sent(settings: Any) -> None:
    settings.MAIL_IS_SENT = False
    assert_chinese(*of(Client(), "get", "/account/signup/"))


def test_a_factor_where_an_address_must_be_confirmed_first(adas: Client, ada: User, settings: Any) -> None:
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
    EmailAddress.objects.create(user=ada, email=ADDRESS, primary=True)
    assert_chinese(*of(adas, "get", "/account/2fa/totp/activate/"))


# Only what ends in a file, in JSON or in another page; the rest is tried above.
WITHOUT_A_PAGE = {"account_export", "mfa_download_recovery_codes", "account_confirm_login_code",
                  "mfa_login_webauthn", "mfa_reauthenticate_webauthn"}  # fmt: skip


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Each address below /account/ as a pattern, and its name."""
    for one in patterns:
        if hasattr(one, "url_patterns"):
            yield from routes(one.url_patterns, before + one.pattern.regex.pattern.lstrip("^"))
        else:
            pattern = one.pattern.regex.pattern.lstrip("^")
            yield f"^/account/{before}{pattern}", one.name


def test_every_page_of_accounts_is_tried() -> None:
    tried = [path.format(key=1) for _method, path, _form in
             (OPEN_PAGES | {f"own {name}": page for name, page in OWN_PAGES.items()}
              | {f"safe {name}": page for name, page in SAFE_PAGES.items()}).values()]  # fmt: skip
    tried += ["/account/2fa/authenticate/"]
    missing = {
        name
        for pattern, name in routes(urls.urlpatterns)
        if not any(re.match(pattern, path) for path in tried)
    }
    assert missing == WITHOUT_A_PAGE


TEMPLATES = Path(allauth.__file__).parent / "templates"
MAILS = sorted(
    str(path.relative_to(TEMPLATES)).removesuffix("_message.txt")
    for part in ("account", "mfa")
    for path in (TEMPLATES / part / "email").glob("*_message.txt")
    if path.name != "base_message.txt"
)


@pytest.fixture
def render(ada: User, address: EmailAddress, rf: RequestFactory) -> Callable[[str], Any]:
    """A mail of allauth's by the name of its template, with all that any of them tells."""

    def render_one(template: str) -> Any:
        request = rf.get("/", headers={"User-Agent": "Firefox"})
        request.user = AnonymousUser()
        told = {
            "user": ada, "username": NAME, "email": ADDRESS, "deleted_email": ADDRESS, "from_email": ADDRESS,
            "to_email": OTHER_ADDRESS, "timestamp": "2026", "ip": "127.0.0.1", "user_agent": "Firefox", "code": "",
            "key": "", "activate_url": "https://camp.example/a/", "password_reset_url": "https://camp.example/a/",
            "signup_url": "https://camp.example/a/", "current_site": type("Site", (), {"name": "camp.example",
            "domain": "camp.example"}),
        }  # fmt: skip
        with translation.override("zh-hans"), allauth_context.request_context(request):
            return get_adapter(request).render_mail(template, ADDRESS, told)

    return render_one


@pytest.mark.parametrize("template", MAILS)
def test_a_mail(render: Callable[[str], Any], template: str) -> None:
    letter = render(template)
    text = f"{letter.subject}\n{letter.body}"
    data = (NAME, ADDRESS, OTHER_ADDRESS, "https://camp.example/a/", "camp.example", "Firefox")
    assert english(text, *data) == set(), text
    assert re.findall(OTHER_NAMES, text) == [], text
    assert "注意力训练营" in text


def test_each_text_that_we_say_otherwise_is_still_one_of_theirs() -> None:
    known: set[str] = set()
    for folder in (
        TEMPLATES.parent,
        Path(django.__file__).parent / "contrib/auth",
        Path(django.__file__).parent / "conf",
    ):
        with (folder / "locale/zh_Hans/LC_MESSAGES/django.mo").open("rb") as file:
            catalogue: dict[Any, str] = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        known |= {key for key in catalogue if isinstance(key, str)}
    assert [word for word in borrowed_words.WORDS if word not in known] == []
