"""Trains on the queue `training` as a course's task would: gradient steps in TensorFlow, progress after each."""

from dataclasses import dataclass
from typing import Any

from attention_core.backend import tf
from attention_core.params import Integer, Params, param
from attention_core.tasks.base import Report, Result, Task


@dataclass(frozen=True, kw_only=True, eq=False)
class BusyParams(Params):
    steps: int = param(Integer(1, 10**6), label="Steps", help="How many.")


def _run(params: Any, report: Report) -> Result:
    generator = tf.random.Generator.from_seed(0)
    inputs, targets = (generator.normal([256, 256]) for _ in range(2))
    weight = tf.Variable(generator.normal([256, 256]) / 16)
    for step in range(params.steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.tanh(inputs @ weight) - targets) ** 2)
        weight.assign_sub(0.1 * tape.gradient(loss, weight))
        report(step / params.steps, "training")
    return Result({"loss": float(loss)})


task = Task(
    name="busy", title="Busy", description="Busy.", params=BusyParams, run=_run, queue="training", order=999
)
