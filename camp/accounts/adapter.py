"""Where allauth meets the camp: guests who become accounts, guessing, mail, secrets at rest."""

import time
from typing import Any

import structlog
from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from camp.accounts import names, services, sessions
from camp.accounts.guessing import TooManyGuesses, person_with_password
from camp.accounts.models import User
from camp.addresses import client_address
from camp.sealed import box

log = structlog.get_logger("camp.accounts")


class CampAccountAdapter(DefaultAccountAdapter):
    def login(self, request: HttpRequest, user: User) -> None:
        """Every check is passed, a second factor too: the session changes hands, and the guest's rows with it."""
        guest = request.session.get(services.GUEST)
        super().login(request, user)
        sessions.opened(request)
        if guest is not None:
            request.session.pop(services.GUEST, None)
            if services.adopt_guest_of(guest, account=user) or guest == user.pk:
                messages.success(request, _("What you did before you signed in is in your account now."))

    def post_login(self, request: HttpRequest, user: User, **login: Any) -> HttpResponse:
        """Who has just chosen a password need not give it again at once."""
        if login["signup"]:
            record_authentication(request, user, method="password")
        answer: HttpResponse = super().post_login(request, user, **login)
        return answer

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        login = credentials.get("username") or credentials.get("email") or ""
        try:
            return person_with_password(request, login=login, password=credentials["password"])
        except TooManyGuesses as error:
            request.guess_again_after = error.seconds  # type: ignore[attr-defined]
            raise ValidationError(too_many_guesses(error)) from error

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """A second factor that was not looked at is answered like a password that was not: see the middleware."""
        if code not in ("too_many_login_attempts", "rate_limited"):
            return super().validation_error(code, *args)
        seconds = settings.SECOND_FACTORS_ACCOUNT[1]  # at the latest; allauth does not tell when
        self.request.guess_again_after = seconds
        return ValidationError(_("Too many tries.") + " " + _try_again(seconds), code=code)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links lead to the camp's public address, whichever host and port the request was sent to.

        Anybody may ask for a mail to another, and write any port, and any of the hosts, into the request.
        """
        if settings.PUBLIC_URL:
            came_to = self.request.build_absolute_uri("/").removesuffix("/")
            context = {
                name: settings.PUBLIC_URL + value.removeprefix(came_to)
                if isinstance(value, str) and value.startswith(f"{came_to}/")
                else value
                for name, value in context.items()
            }
            context["current_site"] = {"domain": settings.PUBLIC_URL.partition("://")[2]}
        super().send_mail(template_prefix, email, context)

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Not within five minutes of signing in, which asked for the same."""
        records = get_authentication_records(self.request, self.request.user)
        fresh = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
        return all(record["at"] < fresh for record in records)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """In production an account needs an e-mail that was verified, hence a server that sends mail."""
        return settings.MAIL_IS_SENT

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The name in the form it is kept in, if nobody has one that is like it."""
        name = names.normal(username)
        for validate in User._meta.get_field("username").validators:
            validate(name)
        if not shallow and User.objects.filter(name_key=names.name_key(name)).exists():
            raise self.validation_error("username_taken")
        return name

    def new_user(self, request: HttpRequest) -> User:
        """A guest's own row becomes the account."""
        guest = request.guest  # type: ignore[attr-defined]
        return User.objects.get(pk=guest.pk) if guest else User()

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        saved: User = super().save_user(request, user, form, commit=False)
        return services.account_open(user=saved)

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """Where e-mail is required, the last one stays."""
        is_last = (
            not EmailAddress.objects.filter(user=email_address.user).exclude(pk=email_address.pk).exists()
        )
        return not (settings.PRODUCTION and is_last) and bool(super().can_delete_email(email_address))

    def get_login_stages(self) -> list[str]:
        ours = f"{VerifiedEmail.__module__}.{VerifiedEmail.__name__}"
        theirs = f"{EmailVerificationStage.__module__}.{EmailVerificationStage.__name__}"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")


class VerifiedEmail(EmailVerificationStage):
    """An account that the operator made without an e-mail has none to verify."""

    def handle(self) -> Any:
        user = self.login.user
        if user and not self.login.signup and not EmailAddress.objects.filter(user=user).exists():
            return None, True
        return super().handle()


class SealedByAnotherKey(ValidationError):
    """No code fits, and none can be shown. A form says so; a page is led away from by `camp.accounts.middleware`."""

    silent_variable_failure = True  # the list of factors counts no codes

    def __init__(self) -> None:
        super().__init__(
            _(
                "The codes of this account were made under another key of the camp and fit no more. "
                "With a passkey you can still sign in, turn codes off, and turn them on again."
            )
        )


class CampMFAAdapter(DefaultMFAAdapter):
    """Seeds of one-time codes are encrypted at rest, with a key out of CAMP_SECRET_KEY."""

    def encrypt(self, text: str) -> str:
        return box("second factor").encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The seed.

        Raises:
            SealedByAnotherKey: the camp's key is another than the one that sealed it.
        """
        try:
            return box("second factor").decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            log.warning("second_factor_of_another_key")
            raise SealedByAnotherKey from error

    def get_totp_label(self, user: User) -> str:
        return user.username


def too_many_guesses(error: TooManyGuesses) -> str:
    return _("Too many passwords were tried.") + " " + _try_again(error.seconds)


def _try_again(seconds: int) -> str:
    minutes = (seconds + 59) // 60
    words = ngettext("Try again in %(minutes)s minute.", "Try again in %(minutes)s minutes.", minutes)
    return words % {"minutes": minutes}
