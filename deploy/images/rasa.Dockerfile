# A Rasa server with the model in service, which holds the facts. From the project's folder:
#     docker build -f deploy/images/rasa.Dockerfile -t charley/rasa:0.1.0 .
# docs/deploying.md says how to pin the base by its digest too.
ARG PYTHON_IMAGE=python:3.10.19-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ENV UV_PROJECT_ENVIRONMENT=/opt/charley UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1 UV_LINK_MODE=copy
WORKDIR /build
COPY scripts/uv.txt ./
RUN python -m venv /opt/uv \
    && /opt/uv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r uv.txt
COPY pyproject.toml uv.lock .python-version ./
# Compiled here: nothing can be written where it runs.
RUN /opt/uv/bin/uv sync --locked --no-default-groups --no-install-project --compile-bytecode

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Charley: Rasa server" \
      org.opencontainers.image.description="Takes what people say about leg cramps, and answers from cited facts." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=packages /opt/charley /opt/charley
WORKDIR /app
COPY LICENSE endpoints.yml credentials.yml ./
COPY charley charley
COPY widget/dist widget/dist
COPY widget/lang widget/lang
COPY widget/drawings widget/drawings
COPY widget/page widget/page
COPY models/charley.tar.gz models/charley.tar.gz
# var/ holds the conversations where no database is named.
RUN /opt/charley/bin/python -m compileall -q charley && install -d -o 10001 -g 10001 -m 700 var
ENV PATH=/opt/charley/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp HOST=0.0.0.0 PORT=5005
USER 10001:10001
EXPOSE 5005
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5005/health/ready', timeout=4)"]
ENTRYPOINT ["python", "-m", "charley"]
CMD ["serve", "rasa"]
