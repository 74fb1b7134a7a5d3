# An action server: no Rasa, no TensorFlow, no spaCy. From the project's folder:
#     docker build -f deploy/images/actions.Dockerfile -t charley/actions:0.1.0 .
# docs/deploying.md says how to pin the base by its digest too.
ARG PYTHON_IMAGE=python:3.10.19-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ENV UV_PROJECT_ENVIRONMENT=/opt/charley UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1 UV_LINK_MODE=copy
WORKDIR /build
COPY scripts/uv.txt ./
RUN python -m venv /opt/uv \
    && /opt/uv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r uv.txt
COPY pyproject.toml uv.lock .python-version ./
RUN /opt/uv/bin/uv sync --locked --only-group actions --compile-bytecode

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Charley: action server" \
      org.opencontainers.image.description="Looks answers about leg cramps up in a table of cited facts." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=packages /opt/charley /opt/charley
WORKDIR /app
COPY LICENSE ./
COPY actions actions
COPY charley charley
COPY models/charley.tar.gz models/charley.tar.gz
RUN /opt/charley/bin/python -m compileall -q actions charley
ENV PATH=/opt/charley/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp HOST=0.0.0.0 PORT=5055
USER 10001:10001
EXPOSE 5055
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5055/health', timeout=4)"]
ENTRYPOINT ["python", "-m", "charley"]
CMD ["serve", "actions"]
