"""The PostgreSQL and Redis that .ci/run tests on.

python setup/services.py answer POSTGRESQL REDIS               do both answer? says which does not
python setup/services.py with POSTGRESQL REDIS COMMAND …       run a command on a database made for it alone
"""

import os
import signal
import subprocess
import sys
import uuid

import psycopg
import redis


def answer(postgresql: str, redis_url: str) -> int:
    code = 0
    try:
        psycopg.connect(f"{postgresql}/postgres", connect_timeout=5).close()
    except psycopg.Error as error:
        print(f"PostgreSQL at {postgresql} does not answer: {str(error).splitlines()[0]}")
        code = 1
    try:
        redis.Redis.from_url(redis_url, socket_connect_timeout=5).ping()
    except redis.RedisError as error:
        print(f"Redis at {redis_url} does not answer: {error}")
        code = 1
    return code


def run_with(postgresql: str, redis_url: str, command: list[str]) -> int:
    """The command's exit code. The database goes again, with the one pytest-django makes beside it."""
    name = f"camp_ci_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    # A stop is for the command first; what it used is taken away after it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: None)
    environment = {**os.environ, "DATABASE_URL": f"{postgresql}/{name}", "REDIS_URL": redis_url}
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as server:
            for each in (name, f"test_{name}"):
                server.execute(f'DROP DATABASE IF EXISTS "{each}" WITH (FORCE)')


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["answer", postgresql, redis_url]:
            sys.exit(answer(postgresql, redis_url))
        case ["with", postgresql, redis_url, *command] if command:
            sys.exit(run_with(postgresql, redis_url, command))
        case _:
            sys.exit(__doc__)
