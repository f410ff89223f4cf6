# The worker's image: wheels from runtime.lock, no compiler, no root, nothing to write but /tmp.
FROM python:3.11-slim AS build
WORKDIR /src
COPY .ci/uv.txt requirements.lock runtime.lock pyproject.toml README.md ./
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --quiet --require-hashes -r uv.txt
RUN python -m venv --without-pip /opt/newswire \
 && /opt/uv/bin/uv pip install --python /opt/newswire/bin/python --compile-bytecode \
    --require-hashes -r runtime.lock
COPY streams streams
COPY ops ops
COPY schemas schemas
RUN /opt/uv/bin/uv build --wheel --require-hashes --build-constraints requirements.lock -o dist \
 && /opt/uv/bin/uv pip install --python /opt/newswire/bin/python --compile-bytecode --no-deps dist/*
# Every loop (streams/compiled.py) compiled for this processor.
RUN mkdir /opt/numba && NUMBA_CACHE_DIR=/opt/numba /opt/newswire/bin/python -m streams.stages.warm

FROM python:3.11-slim
COPY --from=build /opt/newswire /opt/newswire
COPY --from=build /opt/numba /opt/numba
RUN useradd --uid 10001 --user-group --no-create-home newswire
ENV PATH=/opt/newswire/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/tmp/numba NEWSWIRE_WEB_HOST=0.0.0.0 NEWSWIRE_STATE_DIR=/tmp/newswire
USER 10001:10001
EXPOSE 6066
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=6 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:6066/live', timeout=2)"]
# Numba takes a cache only where it may write: the image's is copied to where it may.
ENTRYPOINT ["sh", "-c", "mkdir -p $NUMBA_CACHE_DIR && cp -r /opt/numba/. $NUMBA_CACHE_DIR && exec newswire \"$@\"", "newswire"]
CMD ["worker"]
