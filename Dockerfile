# The worker's image: wheels from the lock, no compiler, no root, nothing to write but /tmp.
FROM python:3.11-slim AS build
WORKDIR /src
COPY .ci/uv.txt requirements.lock pyproject.toml README.md ./
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --quiet --require-hashes -r uv.txt
COPY streams streams
COPY ops ops
COPY schemas schemas
RUN python -m venv /opt/newswire \
 && /opt/uv/bin/uv pip install --python /opt/newswire/bin/python --require-hashes -r requirements.lock \
 && /opt/uv/bin/uv pip install --python /opt/newswire/bin/python --no-deps --no-build-isolation .

FROM python:3.11-slim
COPY --from=build /opt/newswire /opt/newswire
RUN useradd --uid 10001 --user-group --no-create-home newswire
ENV PATH=/opt/newswire/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    NEWSWIRE_WEB_HOST=0.0.0.0 NEWSWIRE_STATE_DIR=/tmp/newswire
USER 10001:10001
EXPOSE 6066
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=6 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:6066/live', timeout=2)"]
ENTRYPOINT ["newswire"]
CMD ["worker"]
