"""The web process never loads TensorFlow: it would cost every page 2.5 s at start and 600 MB for good."""

import os
import subprocess
import sys
from pathlib import Path

PROBE = """
import os, sys
os.environ["CAMP_DATA_DIR"] = sys.argv[1]
import camp.asgi
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver
call_command("migrate", verbosity=0)
settings.ALLOWED_HOSTS.append("testserver")
def addresses(patterns, prefix=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, prefix + str(pattern.pattern))
        elif "<" not in str(pattern.pattern) and "^" not in str(pattern.pattern):
            yield "/" + prefix + str(pattern.pattern)
page = Client(raise_request_exception=False)
seen = [(address, page.get(address).status_code) for address in addresses(get_resolver().url_patterns)]
row = [[0.1], [0.2]]
rows = "0.1\\n0.2"
sent = page.post("/lab/attention/", {"query": rows, "key": rows, "value": rows, "function": "scaled_dot_product"})
assert sent.status_code == 302, sent.content
assert page.get(sent["Location"]).status_code == 200
from camp.accounts.services import account_set, token_create
_token, key = token_create(user=account_set(username="ada", role="admin", password="a long sentence")[0])
job = page.post(
    "/api/v1/jobs/", {"task": "attention", "params": {"query": row, "key": row, "value": row}},
    content_type="application/json", headers={"Authorization": "Token " + key},
)
assert job.status_code == 201, job.content
print(*seen, sep="\\n")
loaded = sorted(name for name in sys.modules if name.split(".")[0] in ("tensorflow", "keras"))
assert not loaded, loaded
assert len(seen) > 10 and not [entry for entry in seen if entry[1] == 500], seen
"""


def test_no_page_loads_tensorflow(tmp_path: Path, project: Path, redis_server: None) -> None:
    from django.conf import settings

    environment = {**os.environ, "REDIS_URL": settings.REDIS_URL, "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path)],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
