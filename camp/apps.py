from django.apps import AppConfig


class CampConfig(AppConfig):
    name = "camp"
    label = "camp"

    def ready(self) -> None:
        from camp import checks  # noqa: F401  registers the start-up checks
