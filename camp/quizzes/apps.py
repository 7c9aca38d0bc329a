from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuizzesConfig(AppConfig):
    name = "camp.quizzes"
    verbose_name = _("Quizzes")

    def ready(self) -> None:
        # They register a lesson's questions, how questions are loaded, how a guest's answers move to an account, and
        # how a person's are exported.
        from camp.quizzes import blocks, links, own_data, publishing  # noqa: F401
