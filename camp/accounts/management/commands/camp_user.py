"""`manage.py camp_user NAME --role learner|instructor|admin`, the password from CAMP_PASSWORD."""

import os
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from camp.accounts.services import ROLES, account_set


class Command(BaseCommand):
    help = "Make or update an account. The password is read from the variable CAMP_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", choices=ROLES, default="learner")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("CAMP_PASSWORD") or None
        try:
            if password:
                validate_password(password)
            user, created = account_set(username=options["name"], role=options["role"], password=password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{'Made' if created else 'Updated'} {user.username}, role {options['role']}.")
