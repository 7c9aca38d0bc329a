from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GainConfig(AppConfig):
    name = "camp.gain"
    verbose_name = _("Pre-test, post-test and gain")

    def ready(self) -> None:
        # They register the block of lessons, and how a person's rows are moved and exported.
        from camp.gain import blocks, own_data  # noqa: F401
