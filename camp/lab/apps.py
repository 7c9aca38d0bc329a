from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class LabConfig(AppConfig):
    name = "camp.lab"
    verbose_name = _("Lab")

    def ready(self) -> None:
        # They register how a guest's jobs move to an account, how a person's are exported, and a lesson's widgets.
        from camp.lab import blocks, own_data, services, transitions  # noqa: F401

        post_migrate.connect(transitions.after_migrate, sender=self)
