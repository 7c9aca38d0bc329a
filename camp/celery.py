"""The Celery application. Messages carry a job's id, for the database row is the truth; or a mail, sealed."""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "camp.settings")

# It warns root of pickled messages; ours are JSON, and nothing else is accepted.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("camp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["camp.lab"])
app.autodiscover_tasks(["camp"], related_name="mail")
