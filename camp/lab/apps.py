from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabConfig(AppConfig):
    name = "camp.lab"
    verbose_name = _("Lab")

    def ready(self) -> None:
        from camp.lab import services  # noqa: F401  registers how a guest's jobs move to an account
