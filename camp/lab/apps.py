from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabConfig(AppConfig):
    name = "camp.lab"
    verbose_name = _("Lab")

    def ready(self) -> None:
        # They register how a guest's jobs move to an account, how a person's are exported, and a lesson's widgets.
        from camp.lab import blocks, own_data, services  # noqa: F401
