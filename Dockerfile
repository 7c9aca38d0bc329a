# One image for every part of the camp; docker-compose.yml says which part each container is.

FROM node:22-slim AS front-end
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim AS packages
COPY requirements.txt requirements-alone.txt /build/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /build/requirements.txt \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
        -r /build/requirements-alone.txt

FROM python:3.13-slim
# Nobody's: the camp owns its data and can change nothing else.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data camp \
    && install -d -o camp -g camp /data
WORKDIR /srv/camp
COPY --from=packages /opt/venv /opt/venv
COPY --from=front-end /build/node_modules node_modules
COPY manage.py ./
COPY attention_core attention_core
COPY camp camp
COPY docs/api.md docs/api.md
COPY locale locale
COPY setup/messages.py setup/messages.py
COPY static static
COPY templates templates
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    CAMP_ENV=production CAMP_DATA_DIR=/data CAMP_HOST=0.0.0.0 CAMP_PORT=8000 CAMP_LOG_FORMAT=json
RUN python setup/messages.py compile && python -m compileall -q attention_core camp
USER camp
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "camp_part", "web"]
