"""Makes .venv-bench: all of .venv, and on top of it the peers of requirements-bench.txt. Run by `make bench`."""

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-bench"
PYTHON = VENV / "bin" / "python"
WANTED = ROOT / "requirements-bench.txt"
STAMP = VENV / "camp-installed"


def main() -> None:
    wanted = f"{sys.version}\n{sys.prefix}\n{WANTED.read_text()}"
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("set-up: installing the peers of the benchmark", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    # The peers see the camp's own packages, at the versions that the camp pins.
    own = sysconfig.get_path("purelib", vars={"base": str(VENV), "platbase": str(VENV)})
    (Path(own) / "camp.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", str(WANTED)], check=True)
    STAMP.write_text(wanted)


if __name__ == "__main__":
    main()
