from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MistakesConfig(AppConfig):
    name = "camp.mistakes"
    verbose_name = _("Mistakes")

    def ready(self) -> None:
        # It registers how a guest's reports move to an account, and how a person's are exported.
        from camp.mistakes import own_data  # noqa: F401
