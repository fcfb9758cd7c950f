# The service alone: no compiler, no uv, no tests, no root.
FROM python:3.13-slim AS build
# The same as in the Makefile.
ARG UV_VERSION=0.13.9
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore "uv==${UV_VERSION}"
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON=/usr/local/bin/python3
# The dependencies change seldom and the code often, so each has its own layer.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project
COPY service service
COPY migrations migrations
# Installed in place (editable), so that the tree here is the one a developer sees.
RUN uv sync --frozen --no-dev && .venv/bin/python -m compileall -q service migrations

FROM python:3.13-slim
RUN groupadd --gid 10001 dixian \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin dixian \
 && install --directory --owner=dixian --group=dixian --mode=0750 /data
COPY --from=build /app /app
WORKDIR /app
# Nothing is written outside /data and /tmp, so the root file system may be mounted read-only.
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DIXIAN_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["dixian", "serve", "--host", "0.0.0.0", "--port", "8000"]
