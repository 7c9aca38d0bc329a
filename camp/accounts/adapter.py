"""Where allauth meets the camp: a guest who signs in takes along what they did."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from camp.accounts.models import User
from camp.accounts.services import adopt_guest


class CampAccountAdapter(DefaultAccountAdapter):
    def login(self, request: HttpRequest, user: User) -> None:
        """Every check is passed, a second factor too; the session changes hands here, so the guest is asked before."""
        guest = request.user
        super().login(request, user)
        if isinstance(guest, User):
            adopt_guest(guest=guest, account=user)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by `manage.py camp_user`; sign-up pages are not served."""
        return False
