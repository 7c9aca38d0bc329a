from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MasteryConfig(AppConfig):
    name = "camp.mastery"
    verbose_name = _("Mastery and reviews")

    def ready(self) -> None:
        # They register what is done when an answer is marked, and how a person's rows are moved and exported.
        from camp.mastery import hearing, own_data  # noqa: F401
