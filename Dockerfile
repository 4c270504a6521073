# The packages of production, and nothing else of the build, end up in the image.
FROM python:3.12-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY requirements.prod.lock ./
RUN pip install --no-deps --require-hashes --only-binary :all: -r requirements.prod.lock

# The laptop's lock adds Babel, which compiles the translations without gettext.
FROM packages AS built
COPY requirements.lock ./
RUN pip install --no-deps --require-hashes --only-binary :all: -r requirements.lock
COPY . .
RUN python -m stopcovid.runtime.messages \
    && SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
        ALLOWED_HOSTS=build.invalid STATIC_ROOT=/app/static-collected \
        python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q .

FROM python:3.12-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LANG=C.UTF-8 \
    STATIC_ROOT=/app/static-collected \
    MEDIA_ROOT=/media
# the volume for uploads takes its owner from this folder
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin stopcovid \
    && install --directory --owner 10001 --mode 750 /media
COPY --from=packages /venv /venv
COPY --from=built /app /app
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
    CMD ["python", "stopcovid/runtime/health.py", "8000"]
CMD ["gunicorn", "stopcovid.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--max-requests", "5000", "--max-requests-jitter", "500", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]
