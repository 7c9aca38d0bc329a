"""Judges pytest's report for .ci/run: a run without tests is no success, nor is one that left the browser out.

python setup/report.py REPORT.xml
"""

import os
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent


def problems(report: Path, *, need_browser: bool) -> list[str]:
    cases = list(ElementTree.parse(report).iter("testcase"))
    skipped = [case for case in cases if case.find("skipped") is not None]
    found = []
    if len(skipped) == len(cases):
        found.append("No test ran.")
    if need_browser and any((ROOT / "tests" / "browser").glob("test_*.py")):
        if not any(_in_browser(case) for case in cases):
            found.append("No test of tests/browser ran.")
        found += [f"Left out: {_name(case)}" for case in skipped if _in_browser(case)]
    return found


def _in_browser(case: ElementTree.Element) -> bool:
    return case.get("classname", "").startswith("tests.browser.")


def _name(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}.{case.get('name')}"


if __name__ == "__main__":
    found = problems(Path(sys.argv[1]), need_browser=os.environ.get("CAMP_REQUIRE_BROWSER") == "1")
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
