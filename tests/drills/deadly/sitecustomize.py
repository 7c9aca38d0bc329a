"""On the path of a camp's processes, this makes jobs of one seed end the process that computes them."""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

DEADLY_SEED = 666
_TASK = "attention_core.tasks.attention"


class _Patched(importlib.abc.MetaPathFinder):
    """Finds the task as ever, and puts the trap into it once it is loaded."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != _TASK:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec
        assert spec.loader
        load = spec.loader.exec_module

        def loaded(module: ModuleType) -> None:
            load(module)
            arguments = module._arguments  # type: ignore[attr-defined]

            def trapped(params: Any) -> Any:
                if params.seed == DEADLY_SEED:
                    os.kill(os.getpid(), signal.SIGKILL)
                return arguments(params)

            module._arguments = trapped  # type: ignore[attr-defined]

        spec.loader.exec_module = loaded  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _Patched())
