"""Mail goes through the queue: pages wait for no mail server, a server that fails is tried again, and nothing that
is kept on the way names a person or opens an account.
"""

import base64
import json
import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.core import mail as django_mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from kombu import Connection, pools

from camp import mail
from camp.accounts.models import User
from camp.celery import app
from camp.redis_client import client as redis
from tests.camp.callers import PASSWORD

pytestmark = pytest.mark.django_db
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
ADDRESS = "ada@camp.example"


@dataclass
class Message:
    """One that waits in Redis."""

    task: str
    args: list[Any]
    is_put_off: bool


class Queue:
    """The queue that workers read, and their work on it."""

    def raw(self) -> str:
        return "".join(part.decode() for part in redis().lrange("interactive", 0, -1))  # type: ignore[union-attr]

    def take(self) -> list[Message]:
        """Every message, oldest first; the queue is empty after."""
        found = []
        while raw := redis().rpop("interactive"):
            message = json.loads(raw)  # type: ignore[arg-type]
            args, _kwargs, _more = json.loads(base64.b64decode(message["body"]))
            headers = message["headers"]
            found.append(Message(headers["task"], args, bool(headers["eta"])))
        return found

    def work(self) -> list[Message]:
        """Do what lies there, as a worker would, but not what this leads to; what was done."""
        messages = self.take()
        for message in messages:
            assert message.task == "camp.mail.send"
            mail.send.run(*message.args)
        return messages


@pytest.fixture
def queue(settings: Any, no_messages: None) -> Queue:
    settings.EMAIL_BACKEND = "camp.mail.Queued"
    settings.MAIL_TRANSPORT = LOCMEM
    return Queue()


@pytest.fixture
def ada_with_mail(ada: User) -> User:
    EmailAddress.objects.create(user=ada, email=ADDRESS, primary=True, verified=True)
    return ada


class Failing(BaseEmailBackend):
    """A mail server that answers with `faults`, one a try, then takes everything."""

    faults: list[Exception] = []
    tries = 0

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        Failing.tries += 1
        if self.faults:
            raise self.faults.pop(0)
        return len(email_messages)


@pytest.fixture
def server(settings: Any, queue: Queue) -> type[Failing]:
    settings.MAIL_TRANSPORT = f"{Failing.__module__}.{Failing.__qualname__}"
    Failing.faults, Failing.tries = [], 0
    return Failing


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long each message that was put off is put off."""
    asked: list[int] = []
    send = mail.send.apply_async

    def noted(**options: Any) -> Any:
        if options["countdown"]:
            asked.append(options["countdown"])
        return send(**options)

    monkeypatch.setattr(mail.send, "apply_async", noted)
    return asked


@pytest.fixture
def no_broker(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The broker cannot be reached; what counts and caches still can."""
    nowhere = Connection("redis+socket:///nowhere/redis.sock")
    monkeypatch.setattr(app.amqp, "_producer_pool", pools.producers[nowhere])
    yield
    nowhere.release()


def write(to: str = ADDRESS, text: str = "https://camp.example/opens-the-account/") -> None:
    EmailMessage("Your account", text, to=[to]).send()


def ask_for_reset(email: str) -> Any:
    return Client().post("/account/password/reset/", {"email": email})


def test_a_page_puts_its_mail_into_the_queue_and_a_worker_sends_it(queue: Queue, ada_with_mail: User) -> None:
    assert ask_for_reset(ADDRESS).status_code == 302
    assert django_mail.outbox == []
    assert len(queue.work()) == 1
    (letter,) = django_mail.outbox
    assert letter.to == [ADDRESS]
    assert "/account/password/reset/key/" in letter.body


def test_a_mail_arrives_as_it_was_written(queue: Queue, rf: Any) -> None:
    written = EmailMultiAlternatives(
        "重置密码",
        "Grüße 您好",
        "Camp <camp@camp.example>",
        ["ada@camp.example", "eve@camp.example"],
        cc=["cc@camp.example"],
        bcc=["bcc@camp.example"],
        reply_to=["reply@camp.example"],
        headers={"Auto-Submitted": "auto-generated"},
    )
    written.attach_alternative("<p>您好</p>", "text/html")
    written.send()
    queue.work()
    (letter,) = django_mail.outbox
    for field in ("subject", "body", "from_email", "to", "cc", "bcc", "reply_to", "extra_headers"):
        assert getattr(letter, field) == getattr(written, field), field
    assert isinstance(letter, EmailMultiAlternatives)
    assert [tuple(one) for one in letter.alternatives] == [("<p>您好</p>", "text/html")]


def test_neither_redis_nor_the_database_holds_what_a_mail_says(queue: Queue, ada_with_mail: User) -> None:
    ask_for_reset(ADDRESS)
    in_redis = queue.raw()
    queue.work()
    link = django_mail.outbox[0].body.partition("/reset/key/")[2].split("/")[0]
    assert link.startswith(f"{user_pk_to_url_str(ada_with_mail)}-")
    assert in_redis
    assert ADDRESS not in in_redis + _decoded(in_redis)
    assert link not in in_redis + _decoded(in_redis)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert link.partition("-")[2] not in str(cursor.fetchall()), table


def _decoded(message: str) -> str:
    return base64.b64decode(json.loads(message)["body"]).decode()


def test_a_server_that_fails_is_tried_again_each_time_later_and_then_given_up(
    queue: Queue, server: type[Failing], waits: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    server.faults = [smtplib.SMTPServerDisconnected(f"no room for {ADDRESS}") for _ in range(20)]
    write()
    while done := queue.work():
        assert [message.is_put_off for message in done] == [server.tries > 1]
    assert server.tries == 1 + len(mail.WAITS)
    assert tuple(waits) == mail.WAITS == tuple(sorted(set(mail.WAITS)))
    assert caplog.text.count("mail_not_sent") == server.tries
    assert [record.levelname for record in caplog.records] == ["WARNING"] * len(mail.WAITS) + ["ERROR"]


def test_a_server_that_is_well_again_gets_the_mail_once(queue: Queue, server: type[Failing]) -> None:
    server.faults = [ConnectionRefusedError(111, "Connection refused"), TimeoutError("timed out")]
    write()
    while queue.work():
        pass
    assert server.faults == []
    assert server.tries == 3


@pytest.mark.parametrize(
    "fault",
    [
        smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no such user ada@camp.example")}),
        UnicodeError(f"cannot encode {ADDRESS}"),
    ],
)
def test_what_will_never_go_is_tried_once(
    queue: Queue, server: type[Failing], fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults = [fault]
    write()
    queue.work()
    assert queue.take() == []
    assert type(fault).__name__ in caplog.text


def test_an_address_that_is_busy_is_tried_again(queue: Queue, server: type[Failing]) -> None:
    server.faults = [smtplib.SMTPRecipientsRefused({ADDRESS: (450, b"greylisted")})]
    write()
    queue.work()
    assert [message.is_put_off for message in queue.take()] == [True]


@pytest.mark.parametrize(
    "fault",
    [
        smtplib.SMTPRecipientsRefused({ADDRESS: (550, ADDRESS.encode())}),
        smtplib.SMTPDataError(554, f"spam for {ADDRESS}: https://camp.example/opens-the-account/".encode()),
        OSError(f"{ADDRESS} /opens-the-account/"),
        ValueError(f"{ADDRESS} /opens-the-account/"),
    ],
)
def test_the_log_of_a_failure_names_nobody(
    queue: Queue, server: type[Failing], fault: Exception, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    server.faults = [fault]
    write()
    queue.work()
    written = capfd.readouterr()
    told = caplog.text + written.out + written.err
    assert "mail_not_sent" in told
    assert ADDRESS not in told
    assert "opens-the-account" not in told


def test_the_log_of_a_mail_carries_the_id_of_the_request_that_wrote_it(
    queue: Queue, server: type[Failing], ada_with_mail: User, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults = [TimeoutError("timed out")]
    asked = Client().post(
        "/account/password/reset/", {"email": ADDRESS}, headers={"X-Request-ID": "the-visitors-request"}
    )
    assert asked["X-Request-ID"] == "the-visitors-request"
    queue.work()
    (line,) = [record.getMessage() for record in caplog.records if "mail_not_sent" in record.getMessage()]
    assert "the-visitors-request" in line


def test_a_mail_sealed_with_an_older_key_is_dropped_and_said_so(
    queue: Queue, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    write()
    settings.SECRET_KEY = "another" * 10
    queue.work()
    assert django_mail.outbox == []
    assert "mail_not_readable" in caplog.text
    assert queue.take() == []


def test_a_mail_with_an_attachment_is_refused_for_a_message_is_small(queue: Queue) -> None:
    letter = EmailMessage("Photos", "", to=[ADDRESS])
    letter.attach("cat.png", b"\x89PNG", "image/png")
    with pytest.raises(ValueError, match="expected a mail without attachments, got 1"):
        letter.send()


@pytest.mark.parametrize("email", [ADDRESS, "nobody@camp.example"])
def test_without_a_broker_the_page_says_that_a_part_is_away(
    no_broker: None, queue: Queue, ada_with_mail: User, email: str
) -> None:
    answer = ask_for_reset(email)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "A part of the camp is restarting" in answer.content.decode()
    assert queue.take() == []


def test_without_a_broker_mail_that_may_fail_fails_in_silence(no_broker: None) -> None:
    assert EmailMessage("News", "", to=[ADDRESS]).send(fail_silently=True) == 0


@pytest.mark.parametrize("verified", [True, False])
def test_a_reset_does_the_same_work_for_an_address_that_is_known_and_one_that_is_not(
    queue: Queue, ada_with_mail: User, verified: bool
) -> None:
    EmailAddress.objects.update(verified=verified)

    def work(email: str) -> tuple[Any, ...]:
        """The answer, the messages, and what the database was asked; not for whom."""
        with CaptureQueriesContext(connection) as queries:
            answer = ask_for_reset(email)
        tasks = [message.task for message in queue.take()]
        return answer.status_code, answer["Location"], tasks, [_shape(one["sql"]) for one in queries]

    known, unknown = work(ADDRESS), work("nobody@camp.example")
    assert known[2] == ["camp.mail.send"]
    assert known[3]
    assert known == unknown


def _shape(sql: str) -> str:
    return re.sub(r"'[^']*'|\b\d+\b|_django_curs_\w+", "…", sql)


def test_a_sign_up_does_the_same_work_for_an_address_that_is_known_and_one_that_is_not(
    queue: Queue, ada_with_mail: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    hashed: list[str] = []
    hash_password = User.set_password
    monkeypatch.setattr(
        User, "set_password", lambda user, raw: hashed.append(raw) or hash_password(user, raw)
    )

    def work(name: str, email: str) -> tuple[Any, ...]:
        """The answer, the messages, the passwords hashed, and what was written; not for whom."""
        hashed.clear()
        form = {
            "username": name,
            "email": email,
            "password1": "a-long-sentence",
            "password2": "a-long-sentence",
        }
        with CaptureQueriesContext(connection) as queries:
            answer = Client().post("/account/signup/", form)
        tasks = [message.task for message in queue.take()]
        writes = [
            sql for one in queries if (sql := _shape(one["sql"])).startswith(("INSERT", "UPDATE", "DELETE"))
        ]
        return answer.status_code, answer["Location"], tasks, list(hashed), writes

    known, unknown = work("grace", ADDRESS), work("hedy", "hedy@camp.example")
    assert known[2:4] == (["camp.mail.send"], ["a-long-sentence"])
    assert known[:4] == unknown[:4]
    assert known[4]
    assert known[4] == [sql for sql in unknown[4] if "account_emailaddress" not in sql], (
        "but for one small row"
    )
    assert list(User.objects.order_by("pk").values_list("username", flat=True)) == ["ada", "hedy"]
    assert EmailAddress.objects.get(email=ADDRESS).user == ada_with_mail


STRANGE = {"Host": "testserver:6666"}


def test_links_lead_to_the_public_address_whatever_the_request_names(
    queue: Queue, ada_with_mail: User, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.PUBLIC_URL = "https://camp.example:8443"

    def mail_after(address: str, form: dict[str, str]) -> str:
        assert Client().post(address, form, headers=STRANGE).status_code == 302
        queue.work()
        return str(django_mail.outbox[-1].body)

    passwords = {"password1": "a-long-sentence", "password2": "a-long-sentence"}
    bodies = {
        "reset": mail_after("/account/password/reset/", {"email": ADDRESS}),
        "nobody": mail_after("/account/password/reset/", {"email": "nobody@camp.example"}),
        "confirm": mail_after(
            "/account/signup/", {"username": "hedy", "email": "hedy@camp.example", **passwords}
        ),
        "known": mail_after("/account/signup/", {"username": "grace", "email": ADDRESS, **passwords}),
    }
    for name, body in bodies.items():
        assert "testserver" not in body, name
        links = re.findall(r"https?://\S+", body)
        assert links, name
        assert all(link.startswith("https://camp.example:8443/account/") for link in links), name
        assert body.endswith("camp.example:8443"), name


def test_without_one_they_lead_where_the_request_came_if_that_is_allowed(
    queue: Queue, ada_with_mail: User
) -> None:
    assert ask_for_reset(ADDRESS).status_code == 302
    queue.work()
    assert "http://testserver/account/password/reset/key/" in django_mail.outbox[-1].body
    forged = Client().post("/account/password/reset/", {"email": ADDRESS}, headers={"Host": "evil.example"})
    assert forged.status_code == 400
    assert queue.work() == []


def test_where_addresses_are_not_verified_a_sign_up_says_that_one_is_taken(ada_with_mail: User) -> None:
    """docs/decisions/0010: there is no mail to tell its owner by."""
    form = {"username": "grace", "email": ADDRESS, "password1": PASSWORD, "password2": PASSWORD}
    answer = Client().post("/account/signup/", form)
    assert "A user is already registered with this email address." in answer.content.decode()
    assert list(User.objects.values_list("username", flat=True)) == ["ada"]


def test_a_guest_who_signs_up_with_an_address_that_is_known_stays_a_guest(
    queue: Queue, ada_with_mail: User, settings: Any, woken: list[Any]
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    browser = Client()
    browser.post("/lab/attention/", {"query": "1", "key": "1", "value": "1"})
    form = {
        "username": "grace",
        "email": ADDRESS,
        "password1": "a-long-sentence",
        "password2": "a-long-sentence",
    }
    assert browser.post("/account/signup/", form).status_code == 302
    guest = User.objects.exclude(pk=ada_with_mail.pk).get()
    assert guest.is_guest
    assert guest.username.startswith("guest-")
    assert not guest.has_usable_password()


def test_a_reset_prefers_whoever_has_verified_the_address(
    queue: Queue, ada_with_mail: User, eve: User
) -> None:
    EmailAddress.objects.create(user=eve, email=ADDRESS, verified=False)
    ask_for_reset(ADDRESS.upper())
    queue.work()
    (letter,) = django_mail.outbox
    assert f"/reset/key/{user_pk_to_url_str(ada_with_mail)}-" in letter.body
    EmailAddress.objects.update(verified=False)
    ask_for_reset(ADDRESS)
    assert len(queue.take()) == 2, "nobody has verified it, so both may"


def test_a_closed_account_is_not_told_from_none(queue: Queue, ada_with_mail: User) -> None:
    User.objects.update(is_active=False)
    ask_for_reset(ADDRESS)
    ask_for_reset("nobody@camp.example")
    queue.work()
    assert django_mail.outbox[0].subject == django_mail.outbox[1].subject


def test_every_mail_of_an_account_goes_this_way(queue: Queue, ada_with_mail: User) -> None:
    browser = Client()
    browser.post("/account/login/", {"login": "ada", "password": PASSWORD})
    new = "another-long-sentence"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert browser.post("/account/password/change/", form).status_code == 302
    browser.post("/account/email/", {"email": "ada@new.example", "action_add": ""})
    assert django_mail.outbox == []
    assert [message.task for message in queue.take()] == ["camp.mail.send"] * 2
