"""The core is a library of its own: with nothing of the web to be had, it is imported and passes its tests."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Those that take the core's own dependencies and pytest; the others compare with further libraries.
TESTS = ("test_closed_forms.py", "test_multi_head.py", "test_bert_encoder.py")
WITHOUT_THE_WEB = """
import sys
for name in ("camp", "django", "celery", "rest_framework", "redis"):
    sys.modules[name] = None  # Python's own way to say that there is no such module
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


def test_the_core_passes_its_tests_where_there_is_no_django_and_no_celery():
    # None of the project's configuration either: it loads Django for every test.
    plain = ["-c", os.devnull, "--rootdir", ".", "--noconftest", "--import-mode=importlib"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_WEB, "-q", "-p", "no:cacheprovider", *plain]
        + [f"tests/attention_core/{name}" for name in TESTS],
        cwd=ROOT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
