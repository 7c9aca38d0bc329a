#!/bin/sh
# Prints the first interpreter that works and is of a version the camp supports.
# PYTHON, when given, is the only candidate. Each is run, not just found: a name may be a shim that fails.

trial='
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    raise SystemExit("version %d.%d" % sys.version_info[:2])
try:
    import ensurepip, venv
except ImportError:
    raise SystemExit("no venv")
'
found=""
no_venv=""
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    answer=$("$candidate" -c "$trial" 2>&1) && { echo "$candidate"; exit 0; }
    case $answer in
        version*) found="$found${found:+, }${answer#version } ($candidate)" ;;
        "no venv") no_venv="$no_venv${no_venv:+, }$candidate" ;;
    esac
done

if [ -n "$no_venv" ]; then
    echo "$no_venv cannot make virtual environments: its modules venv and ensurepip are missing." >&2
    echo "On Debian and Ubuntu: apt install python3-venv. Or name another Python: make run PYTHON=/path/to/python3.12" >&2
else
    echo "The camp needs Python 3.11 to 3.13; found ${found:-none that works${PYTHON:+ as $PYTHON}}." >&2
    echo "Install one of them, or name it: make run PYTHON=/path/to/python3.12" >&2
fi
exit 1
