"""What every function and task must bring, and that reading about them loads no TensorFlow."""

import ast
import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema
import pytest

import attention_core
from attention_core import catalogue, discovery, reference
from attention_core.params import json_schema, param_fields
from attention_core.tasks.base import Task

ROOT = Path(attention_core.__file__).parents[1]
MODULES = [info.name for info in pkgutil.walk_packages(attention_core.__path__, "attention_core.")]
FUNCTIONS = list(catalogue.functions().values())
TASKS = list(catalogue.tasks().values())


def name_of(unit):
    return unit.name


def test_functions_and_tasks_are_listed_in_order():
    assert list(catalogue.functions()) == [
        "scaled_dot_product",
        "dot_product",
        "general",
        "additive",
        "cosine",
    ]
    assert next(iter(catalogue.tasks())) == "attention"
    for package, listed in (("functions", catalogue.functions()), ("tasks", catalogue.tasks())):
        files = {path.stem for path in (ROOT / "attention_core" / package).glob("*.py")}
        assert files - {"__init__", "base"} == set(listed)


def test_an_unknown_name_says_which_there_are():
    with pytest.raises(ValueError, match=r"expected a function, one of scaled_dot_product, .*; got 'dot'"):
        catalogue.function("dot")
    with pytest.raises(ValueError, match=r"expected a task, one of attention.*; got 'x'"):
        catalogue.task("x")


def test_the_lists_cannot_be_changed():
    with pytest.raises(TypeError):
        catalogue.functions()["new"] = None
    with pytest.raises(dataclasses.FrozenInstanceError):
        catalogue.function("cosine").name = "sine"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("", discovery.CatalogueError),
        ("task = 3", discovery.CatalogueError),
        ("import attention_core.tasks.attention as a; task = a.task", discovery.CatalogueError),
        ("import a_module_that_is_not_there", ModuleNotFoundError),
        ("task = ", SyntaxError),
    ],
)
def test_a_broken_module_is_an_error_not_a_gap(tmp_path, monkeypatch, source, error):
    package = tmp_path / "broken_tasks"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "mine.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("broken_tasks", "broken_tasks.mine"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()
    with pytest.raises(error):
        discovery.find("broken_tasks", "task", Task)
    for name in ("broken_tasks", "broken_tasks.mine"):
        sys.modules.pop(name, None)


def assert_translatable(module, *texts):
    """Every text is marked where it is written, so that message extraction finds it."""
    marked = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "gettext_noop"):
            marked.add(ast.literal_eval(node.args[0]))
    for text in texts:
        assert text
        assert text.isprintable()
        assert text in marked, f"not marked for translation: {text}"


@pytest.mark.parametrize("function", FUNCTIONS, ids=name_of)
def test_a_function_describes_itself(function):
    assert_translatable(sys.modules[type(function).__module__], function.label, function.description)
    assert function.formula
    assert "arXiv" in function.source
    ElementTree.fromstring(f"<math>{function.mathml}</math>")
    shapes = function.parameter_shapes(2, 3, 4)
    assert all(1 <= len(shape) <= 2 and set(shape) <= {2, 3, 4} for shape in shapes.values())


@pytest.mark.parametrize("function", FUNCTIONS, ids=name_of)
def test_the_docstring_of_a_function_has_formula_shapes_errors_and_source(function):
    text = inspect.getdoc(type(function))
    for part in (
        "score(i, j) =",
        "Shapes:",
        "(…, n_q, d_",
        "→ scores (…, n_q, n_k)",
        "Raises:",
        "References:",
        "arXiv",
    ):
        assert part in text, part
    assert "(…, n_q, n_k)" in inspect.getdoc(type(function).scores)


@pytest.mark.parametrize("function", FUNCTIONS, ids=name_of)
def test_a_function_has_a_reference_of_its_own_and_a_test(function):
    assert function.name in reference.SCORES
    closed_forms = (Path(__file__).parent / "test_closed_forms.py").read_text()
    assert f'"{function.name}"' in closed_forms


@pytest.mark.parametrize("task", TASKS, ids=name_of)
def test_a_task_describes_itself(task):
    module = importlib.import_module(f"attention_core.tasks.{task.name}")
    texts = [text for spec in param_fields(task.params) for text in (spec.label, spec.help)]
    assert_translatable(module, task.title, task.description, *texts)
    assert task.queue in ("interactive", "training")
    assert task.limits
    for documented in (module, task.params, task.run):
        assert inspect.getdoc(documented)
    assert "(n_q, d_q)" in inspect.getdoc(task.params) or task.name != "attention"
    jsonschema.Draft202012Validator.check_schema(json_schema(task.params))


@pytest.mark.parametrize("task", TASKS, ids=name_of)
def test_a_task_has_a_test(task):
    assert (Path(__file__).parent / f"test_{task.name}_task.py").exists()


@pytest.mark.parametrize("name", ["attention_core", *MODULES])
def test_every_module_says_what_it_is_for_and_its_examples_run(name):
    module = importlib.import_module(name)
    assert inspect.getdoc(module)
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", ["attend", "explain"])
def test_the_calls_document_shapes_errors_and_results(name):
    call = getattr(attention_core, name)
    text = inspect.getdoc(call)
    for part in ("Args:", "(…, n_q, d_q)", "Raises:", ">>> "):
        assert part in text


def test_every_argument_is_documented():
    text = inspect.getdoc(attention_core.attend)
    for argument in inspect.signature(attention_core.attend).parameters:
        assert f"{argument}:" in text, argument


def test_the_core_and_the_reference_take_the_same_arguments():
    assert inspect.signature(reference.explain) == inspect.signature(attention_core.explain)
    of_attend = list(inspect.signature(attention_core.attend).parameters)
    assert of_attend == [*inspect.signature(attention_core.explain).parameters, "bfloat16", "return_weights"]


def test_the_guide_runs():
    results = doctest.testfile(str(ROOT / "docs" / "core.md"), module_relative=False, encoding="utf-8")
    assert results.attempted >= 6
    assert results.failed == 0


READING = """
import importlib, pkgutil, sys
import attention_core
from attention_core import catalogue, params, reference
for info in pkgutil.walk_packages(attention_core.__path__, "attention_core."):
    importlib.import_module(info.name)
for task in catalogue.tasks().values():
    params.json_schema(task.params)
rows = [[1.0, 2.0], [3.0, 4.0]]
for name, function in catalogue.functions().items():
    assert function.label and function.parameter_shapes(2, 2, 2) is not None
    reference.explain(rows, rows, rows, function=name, causal=True, num_heads=2)
params.parse_params(catalogue.task("attention").params, {"query": rows, "key": rows, "value": rows})
heavy = {"tensorflow", "keras", "scipy", "sklearn", "tokenizers", "safetensors", "django"} & set(sys.modules)
assert not heavy, heavy
attention_core.attend(rows, rows, rows)
assert "tensorflow" in sys.modules
"""


def test_reading_about_the_core_and_computing_references_loads_no_tensorflow():
    done = subprocess.run(
        [sys.executable, "-c", READING], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_version_is_exposed():
    assert attention_core.__version__ == "0.1.0"
