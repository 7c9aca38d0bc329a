"""The form that runs a file: the settings of a task as fields, its arrays in an NPZ file."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from attention_core.file_params import InvalidUpload, member_names
from attention_core.params import InvalidParams, Params, Problem, TooMuchWork
from camp.lab.forms import TaskForm, said_at
from camp.lab.inputs import MAX_FILE_BYTES


class FileForm(TaskForm):
    """`raw` and `file` are what a client would send as `params` and `file`."""

    file: bytes = b""
    file_errors: list[str]

    def __init__(self, params: type[Params], texts: Any, prefix: str = "") -> None:
        super().__init__(params, texts, prefix)
        self.file_errors = []
        in_file = {name.partition(".")[0] for name in member_names(params)}
        self.fields = [one for one in self.fields if one.name not in in_file]

    @property
    def members(self) -> str:
        """The names that a file may hold."""
        return ", ".join(member_names(self.params))

    def read(self, file: UploadedFile | None) -> bool:
        """Read fields and file; whether there is something to submit."""
        self.raw = {one.name: value for one in self.fields if (value := self._read(one)) is not None}
        if file is None:
            self.file_errors.append(_("Choose a file."))
        elif (file.size or 0) > MAX_FILE_BYTES:
            message = _("expected a file of at most %(limit)s bytes, got %(received)s")
            self.file_errors.append(message % {"limit": MAX_FILE_BYTES, "received": file.size})
        else:
            self.file = file.read()
        return not self.wrong and not self.file_errors

    def refuse(self, error: InvalidParams | TooMuchWork) -> None:
        """Put what the submit found wrong where it belongs."""
        if isinstance(error, TooMuchWork):
            self.file_errors.append(self._said(error.problem))
            return
        for problem in error.problems:
            where, *place = problem.pointer or ("",)
            if isinstance(error, InvalidUpload) and where == "file":
                self.file_errors.append(self._at_member(problem, place))
            else:
                inside = tuple(place) if isinstance(error, InvalidUpload) else problem.pointer
                self._place(Problem(inside, problem.template, problem.values))
        if error.more:
            self.errors.append(_("and %(count)s more") % {"count": error.more})

    def _at_member(self, problem: Problem, place: list[Any]) -> str:
        if not place:
            return self._said(problem)
        row, column = ([int(index) + 1 for index in place[1:3]] + [None, None])[:2]
        return f"{place[0]}: {said_at(row, column, self._said(problem))}"
