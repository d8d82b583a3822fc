# zoomlink as an image: the HTTP service by default, a worker with `worker`, any command besides.
# docker build -t zoomlink .        docker run --rm zoomlink --version

FROM python:3.13-slim AS build
WORKDIR /src
# What changes seldom first. The environment gets no installer of its own.
COPY requirements-service.txt ./
RUN python -m venv --without-pip /opt/zoomlink \
 && python -m pip --python /opt/zoomlink install --no-cache-dir --no-deps --require-hashes -r requirements-service.txt
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
# The build tool goes as soon as it has done its work.
RUN PATH="/opt/zoomlink/bin:$PATH" python -m pip --python /opt/zoomlink install --no-cache-dir --no-deps --no-build-isolation . \
 && python -m pip --python /opt/zoomlink uninstall --yes uv-build \
 && install -d -m 0700 -o 10001 -g 10001 /data

FROM python:3.13-slim
COPY --from=build /opt/zoomlink /opt/zoomlink
COPY --from=build --chown=10001:10001 /data /data
ENV PATH="/opt/zoomlink/bin:$PATH" \
    HOME="/data" \
    XDG_DATA_HOME="/data" \
    PYTHONDONTWRITEBYTECODE="1" \
    PYTHONUNBUFFERED="1"
WORKDIR /data
USER 10001:10001
# A ledger in a file, and settings in .env, where there are any.
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["zoomlink"]
CMD ["serve", "--bind", "0.0.0.0"]
