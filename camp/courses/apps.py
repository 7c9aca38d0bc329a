from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "camp.courses"
    verbose_name = _("Course")

    def ready(self) -> None:
        # They register a lesson's own blocks.
        from camp.courses import own_blocks  # noqa: F401
