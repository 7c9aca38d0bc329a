from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "camp.courses"
    verbose_name = _("Course")

    def ready(self) -> None:
        # They register a lesson's own blocks, the errata, how a guest's states move to an account, and how a person's
        # are exported.
        from camp.courses import errata, own_blocks, own_data, services  # noqa: F401
