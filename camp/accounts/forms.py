"""Forms of the account page."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from camp.accounts import selectors, services
from camp.accounts import sessions as session_store
from camp.accounts.models import SCOPES, User
from camp.accounts.passkeys import KnownPasskeyField, NewPasskeyField
from camp.accounts.zones import zone_names

_DAY = 24 * 3600
_SCOPE_WORDS = {
    "jobs": _("jobs: submit, read, cancel, delete"),
    "course": _("course: read lessons"),
    "attempts": _("attempts: answer quizzes"),
    "me": _("me: own account, progress and export"),
    "teach": _("teach: cohorts and gradebooks"),
}


def _zones() -> list[tuple[str, Any]]:
    names = sorted(name for name in zone_names() if "/" in name and not name.startswith("Etc/"))
    return [
        ("", _("As the browser says")),
        ("UTC", "UTC"),
        *((name, name.replace("_", " ")) for name in names),
    ]


class TimeZoneForm(forms.Form):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_zones, required=False)


class SignupForm(allauth_forms.SignupForm):
    """allauth's, where an address that has an account costs what one without costs: a hash of the password, and rows.

    Of that account nothing is kept; its owner is told by mail. Otherwise the time would tell who has an account.
    """

    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> Any:
        try:
            with transaction.atomic():
                return self._try_save(request)
        except IntegrityError:  # somebody took the name while this form was looked at
            messages.error(request, get_adapter().error_messages["username_taken"])
            return None, redirect("account_signup")

    def _try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            self.account_already_exists = False
            with transaction.atomic():
                self.save(request)
                transaction.set_rollback(True)
            self.account_already_exists = True
        return super().try_save(request)


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    """allauth's, where each address costs the same work: one that is verified, one that is not, one that nobody has.

    allauth itself looks through the people only for an address that is not verified, and makes a token only for
    somebody; with many people the time would tell who has an account.
    """

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"]
        email = get_adapter().clean_email(typed.lower())
        verified = set(EmailAddress.objects.filter(email=email, verified=True).values_list("user", flat=True))
        users = filter_users_by_email(email, is_active=True, for_login=True)
        self.users = [user for user in users if user.pk in verified] if verified else users
        return typed

    def save(self, request: HttpRequest, **options: Any) -> str:
        if not self.users:
            allauth_forms.default_token_generator.make_token(User(pk=0))
        email: str = super().save(request, **options)
        return email


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):
    """allauth's, where the tokens and browsers of before are shut out together with the password of before."""

    def save(self) -> None:
        kept = session_store.hashed(context.request.session.session_key)
        services.password_reset(account=self.user, password=self.cleaned_data["password1"], kept=kept)


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    """allauth's, which asks whoever has tokens whether they go too: programs of theirs would stop."""

    revoke_tokens = forms.BooleanField(
        label=_("Revoke my API tokens too"),
        required=False,
        help_text=_("Programs that use one would stop. Other browsers are signed out in any case."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not selectors.tokens_of(self.user).exists():
            del self.fields["revoke_tokens"]

    def clean_oldpassword(self) -> str:
        """Counted like a sign-in: whoever sits at a browser left open may not guess on."""
        typed: str = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        if adapter.authenticate(context.request, username=self.user.username, password=typed) is None:
            raise adapter.validation_error("enter_current_password")
        return typed

    def save(self) -> None:
        super().save()
        if self.cleaned_data.get("revoke_tokens"):
            services.tokens_revoke(account=self.user)


class _GoodOnce(forms.Form):
    """A code is good once in all the time that a slow hand or clock may give it.

    allauth remembers it for one period of the three, and forgets the code that turns codes on.
    """

    user: User

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        used = TOTP(Authenticator(user=self.user))._get_used_cache_key(code)
        cache.set(used, "y", timeout=mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 1))
        return code


class ActivateCodesForm(_GoodOnce, ActivateTOTPForm): ...


class SecondFactorForm(_GoodOnce, AuthenticateForm): ...


class ConfirmByCodeForm(_GoodOnce, ReauthenticateForm): ...


class AddPasskeyForm(AddWebAuthnForm):
    """allauth's, whose name field has no words of its own, and which takes the shape of what it reads for granted."""

    name = forms.CharField(label=_("Name"), required=False, max_length=100)
    credential = NewPasskeyField()


class EditPasskeyForm(EditWebAuthnForm):
    """The same."""

    name = forms.CharField(label=_("Name"), max_length=100)


class SignInByPasskeyForm(LoginWebAuthnForm):
    """The same."""

    credential = KnownPasskeyField()


class SecondFactorPasskeyForm(AuthenticateWebAuthnForm):
    """The same."""

    credential = KnownPasskeyField()


class ConfirmByPasskeyForm(ReauthenticateWebAuthnForm):
    """The same."""

    credential = KnownPasskeyField()


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Where it is used, such as “notebook on my laptop”.")
    )
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)
    expires_in = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        initial=30 * _DAY,
        choices=[
            (7 * _DAY, _("7 days")),
            (30 * _DAY, _("30 days")),
            (90 * _DAY, _("90 days")),
            (365 * _DAY, _("a year")),
        ],
    )

    def __init__(self, *args: Any, account: User, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [scope for scope in SCOPES if scope != "teach" or account.is_staff]
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(scope, _SCOPE_WORDS[scope]) for scope in offered]
        scopes.initial = [scope for scope in offered if scope != "teach"]


class EraseForm(forms.Form):
    username = forms.CharField(label=_("Your user name, to confirm"), max_length=150)

    def __init__(self, *args: Any, account: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self._account = account

    def clean_username(self) -> str:
        typed = str(self.cleaned_data["username"]).strip()
        if typed != self._account.username:
            message = _("expected “%(expected)s”, got “%(received)s”")
            raise forms.ValidationError(
                message, params={"expected": self._account.username, "received": typed[:50]}
            )
        return typed
