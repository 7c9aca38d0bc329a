"""The web process. It never loads TensorFlow: attention runs on the workers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "camp.settings")
# Read by camp.settings: only the web process, whose requests each have a thread of their own, pools connections.
os.environ.setdefault("CAMP_PROCESS", "web")

from django.core.asgi import get_asgi_application

from camp.edge import Edge

application = Edge(get_asgi_application())
