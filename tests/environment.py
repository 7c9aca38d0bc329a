"""Loaded before anything else (`-p tests.environment`): tests keep their data in a folder of their own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "CAMP_TEST_DATA_DIR" not in os.environ:
    os.environ["CAMP_TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="camp-test-")
    atexit.register(shutil.rmtree, os.environ["CAMP_TEST_DATA_DIR"], ignore_errors=True)

# Tests that run side by side share nothing: each worker has its own folder, Redis socket and Redis database.
_worker = os.environ.get("PYTEST_XDIST_WORKER")
if _worker:
    os.environ["CAMP_TEST_DATA_DIR"] = str(Path(os.environ["CAMP_TEST_DATA_DIR"]) / _worker)
    if redis := os.environ.get(
        "REDIS_URL"
    ):  # 9 and above are taken by the camps of the tests (running_camp.py)
        server, _slash, _number = redis.rpartition("/")
        os.environ["REDIS_URL"] = f"{server}/{8 - int(_worker.removeprefix('gw')) % 9}"

# Whatever the shell says: never the data of a camp in use, never production, never its secrets.
for name in [
    name
    for name in os.environ
    if name.startswith("CAMP_")
    and name not in ("CAMP_TEST_DATA_DIR", "CAMP_CHROMIUM", "CAMP_REQUIRE_BROWSER")
]:
    del os.environ[name]
# The real services are asked for with both; a Redis alone that some shell happens to name is not ours to empty.
if bool(os.environ.get("DATABASE_URL")) != bool(os.environ.get("REDIS_URL")):
    raise SystemExit("Set both DATABASE_URL and REDIS_URL to test on real services, or neither.")
os.environ["CAMP_DATA_DIR"] = os.environ["CAMP_TEST_DATA_DIR"]
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
