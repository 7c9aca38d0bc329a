"""On the path of a camp's processes, before the project itself, this gives them the tasks of the folder beside it."""

from pathlib import Path

import attention_core.tasks

attention_core.tasks.__path__.append(str(Path(__file__).parent / "tasks"))
