"""What the camp's job engine is measured against: Celery on Redis alone, set as carefully as Celery can be set."""

import os
import time

import redis
from celery import Celery

BROKER = os.environ.get("PLAIN_CELERY_REDIS", "unix:///nowhere")
JOB_SECONDS = 0.05
FINISHED, UNDER_WAY = "plain:finished", "plain:under-way"

# Not current: in a process of the tests, the camp's tasks would go to its broker.
app = Celery("plain", broker=BROKER.replace("unix://", "redis+socket://", 1), set_as_current=False)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    task_default_queue="plain",
    # As the camp's: above the longest job, or a long one would run twice.
    broker_transport_options={"visibility_timeout": 3600, "unacked_restore_throttle": 1},
)


@app.task(name="plain.work")
def work(number: int) -> None:
    """Takes as long as a brief job of the drill, and notes each time that it has finished."""
    source = redis.Redis.from_url(BROKER)
    source.sadd(UNDER_WAY, number)
    time.sleep(JOB_SECONDS)
    source.hincrby(FINISHED, str(number), 1)
    source.srem(UNDER_WAY, number)
