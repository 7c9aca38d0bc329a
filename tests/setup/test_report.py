"""A report that is no success although pytest said so."""

import pytest

from setup import report

RAN = '<testcase classname="tests.camp.test_x" name="test_one"/>'
SKIPPED = '<testcase classname="tests.camp.test_x" name="test_two"><skipped/></testcase>'
BROWSER = '<testcase classname="tests.browser.test_lab" name="test_form"/>'
NO_BROWSER = '<testcase classname="tests.browser.test_lab" name="test_form"><skipped/></testcase>'


@pytest.fixture
def judge(tmp_path, monkeypatch):
    (tmp_path / "tests" / "browser").mkdir(parents=True)
    (tmp_path / "tests" / "browser" / "test_lab.py").touch()
    monkeypatch.setattr(report, "ROOT", tmp_path)

    def judged(*cases, need_browser=True):
        path = tmp_path / "report.xml"
        path.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
        return report.problems(path, need_browser=need_browser)

    return judged


def test_a_whole_run_is_fine(judge):
    assert judge(RAN, SKIPPED, BROWSER) == []


@pytest.mark.parametrize("cases", [[], [SKIPPED]])
def test_no_test_is_no_success(judge, cases):
    assert judge(*cases, need_browser=False) == ["No test ran."]


def test_a_browser_test_that_was_left_out_is_named(judge):
    assert judge(RAN, BROWSER, NO_BROWSER) == ["Left out: tests.browser.test_lab.test_form"]
    assert judge(RAN, NO_BROWSER, need_browser=False) == []


def test_browser_tests_must_be_there(judge):
    assert judge(RAN) == ["No test of tests/browser ran."]
