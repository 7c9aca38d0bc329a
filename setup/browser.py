"""Finds the Chromium that tests/browser drives and prints its path; what it has to say goes to standard error.

The variable CAMP_CHROMIUM names one; else the usual names are looked up. Where there is none, it is installed if
that can be done without asking (Debian or Ubuntu, as root). Otherwise nothing is printed and one line says what is
left out, or, with CAMP_REQUIRE_BROWSER=1, the exit code is 1.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")  # the fonts: pages are tested in Chinese too


def main() -> int:
    path = find() or install()
    if path:
        print(path)
        return 0
    if os.environ.get("CAMP_REQUIRE_BROWSER") == "1":
        say("Chromium is required here (CAMP_REQUIRE_BROWSER=1) and cannot be had")
        return 1
    say(
        "no Chromium: the tests in tests/browser are left out (install Chromium, or set CAMP_CHROMIUM to its path)"
    )
    return 0


def find() -> str:
    given = os.environ.get("CAMP_CHROMIUM", "")
    if given:
        return given if os.access(given, os.X_OK) else ""
    return next((path for name in NAMES if (path := shutil.which(name)) and runs(path)), "")


def runs(path: str) -> bool:
    """Ubuntu's package is a script that only tells how to install the real one."""
    try:
        return (
            subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> str:
    if os.environ.get("CAMP_CHROMIUM") or not may_install():
        return ""
    say("installing Chromium for the tests in tests/browser")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run([*command, "-qq"], env=environment, stdout=sys.stderr, check=False)
        if done.returncode:
            say(f"{' '.join(command)} failed")
    return find()


def may_install() -> bool:
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and bool(shutil.which("apt-get"))


def say(text: str) -> None:
    print(f"set-up: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
