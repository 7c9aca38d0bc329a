"""The Django project: pages, API, jobs and people of the Attention Training Camp."""

from camp.celery import app as celery_app

__all__ = ["celery_app"]
