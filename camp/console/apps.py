from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    default_site = "camp.console.site.Console"

    def ready(self) -> None:
        super().ready()  # finds what every app registers
        from allauth.account.models import EmailAddress
        from allauth.mfa.models import Authenticator
        from django.contrib import admin
        from django.contrib.auth.models import Group

        # The three roles are the camp's own; a person's mail and second factor are their own affair.
        admin.site.unregister([Group, EmailAddress, Authenticator])
