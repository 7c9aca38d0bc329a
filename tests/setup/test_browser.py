"""Which Chromium the tests use, and what is said when there is none."""

import os

import pytest

from setup import browser


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without any browser, where nothing may be installed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CAMP_CHROMIUM", raising=False)
    monkeypatch.delenv("CAMP_REQUIRE_BROWSER", raising=False)
    monkeypatch.setattr(browser, "may_install", lambda: False)
    return tmp_path


def program(path, code="exit 0"):
    path.write_text(f"#!/bin/sh\n{code}\n")
    path.chmod(0o755)
    return str(path)


def test_the_one_that_is_named_is_taken(machine, monkeypatch, capsys):
    program(machine / "chromium")
    monkeypatch.setenv("CAMP_CHROMIUM", program(machine / "mine"))
    assert browser.main() == 0
    assert capsys.readouterr().out.strip() == str(machine / "mine")


def test_the_machines_own_is_found(machine, capsys):
    path = program(machine / "chromium")
    assert browser.main() == 0
    assert capsys.readouterr().out.strip() == path


def test_one_that_does_not_run_is_none(machine, capsys):
    program(machine / "chromium", "exit 1")
    assert browser.main() == 0
    assert capsys.readouterr().out == ""


def test_without_one_a_line_says_what_is_left_out(machine, capsys):
    assert browser.main() == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "tests/browser are left out" in said.err


def test_without_one_where_it_is_required_is_a_failure(machine, monkeypatch):
    monkeypatch.setenv("CAMP_REQUIRE_BROWSER", "1")
    assert browser.main() == 1


def test_it_is_installed_where_that_is_allowed(machine, monkeypatch, capsys):
    asked = []

    def run(command, **options):
        asked.append(command[:2])
        if command[1] == "install":
            program(machine / "chromium")
        return browser.subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(browser, "may_install", lambda: True)
    monkeypatch.setattr(browser, "runs", os.path.exists)
    monkeypatch.setattr(browser.subprocess, "run", run)
    assert browser.main() == 0
    assert asked == [["apt-get", "update"], ["apt-get", "install"]]
    assert capsys.readouterr().out.strip() == str(machine / "chromium")
