from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    name = "camp.search"
    verbose_name = _("Search")

    def ready(self) -> None:
        # It registers how the index follows what is published.
        from camp.search import services  # noqa: F401
