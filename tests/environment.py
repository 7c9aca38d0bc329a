"""Loaded before anything else (`-p tests.environment`): tests keep their data in a folder of their own."""

import atexit
import os
import shutil
import tempfile

if "CAMP_TEST_DATA_DIR" not in os.environ:
    os.environ["CAMP_TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="camp-test-")
    atexit.register(shutil.rmtree, os.environ["CAMP_TEST_DATA_DIR"], ignore_errors=True)

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
