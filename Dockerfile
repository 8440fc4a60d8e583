# Keeptab as an image: `web`, `worker` and every other command of manage.py, as a user without rights.
# With no DATABASE_URL it brings its own PostgreSQL, kept in the volume /data.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY pyproject.toml constraints.txt README.md LICENSE manage.py ./
COPY config config
COPY customers customers
COPY payments payments
COPY portal portal
RUN /venv/bin/pip install -c constraints.txt -e .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin keeptab \
    && install -d -o keeptab -g keeptab -m 700 /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app ./
COPY static static
COPY templates templates
COPY locale locale
COPY docs docs
COPY deploy deploy
COPY compose.yaml .env.example ./
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data LOG_FORMAT=json
USER keeptab
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["python", "manage.py"]
CMD ["start", "--bind", "0.0.0.0", "--no-demo"]
