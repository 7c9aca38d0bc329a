from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgressConfig(AppConfig):
    name = "camp.progress"
    verbose_name = _("Progress")

    def ready(self) -> None:
        # They register how a person's moments are moved and exported, and how old ones go.
        from camp.progress import own_data, services  # noqa: F401
