# One image for every way of running Unitwire: `serve` (the default), `serve --web-only`,
# `dispatch`, `db upgrade`, `sandbox`. It holds Debian's Python and Unitwire's packages, nothing
# that builds or installs, and runs as nobody in particular.
ARG BASE=docker.io/library/debian:trixie-slim

FROM ${BASE} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3-venv
WORKDIR /build
COPY constraints.txt .
# uv, since it takes hashes from the list that pins everything; it stands on that list itself.
RUN python3 -m venv tools \
 && sed -n '/^uv==/,/[^\\]$/p' constraints.txt > uv.txt \
 && tools/bin/pip install --no-cache-dir --require-hashes --requirement uv.txt
# Authorities in the base image are trusted, so that a company's own may be.
ENV UV_SYSTEM_CERTS=1 UV_NO_CACHE=1 UV_LINK_MODE=copy
COPY pyproject.toml README.md LICENSE app.py ./
# First what changes seldom: a change of Unitwire's own code takes this layer as it is.
RUN python3 -m venv --without-pip /opt/unitwire \
 && tools/bin/uv pip install --python /opt/unitwire --require-hashes --compile-bytecode \
    --constraints constraints.txt --requirements pyproject.toml
COPY connector connector
RUN tools/bin/uv build --wheel --build-constraints constraints.txt --require-hashes --out-dir dist \
 && tools/bin/uv pip install --python /opt/unitwire --no-deps --compile-bytecode dist/*.whl

FROM ${BASE}
ARG VERSION=dev
LABEL org.opencontainers.image.title="Unitwire" \
      org.opencontainers.image.description="Connects Stora, the self-storage software, to no-code workflow builders" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="docker.io/library/debian:trixie-slim"
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
 && groupadd --system --gid 10001 unitwire \
 && useradd --system --uid 10001 --gid unitwire --home-dir /data --shell /usr/sbin/nologin unitwire \
 && install --directory --owner unitwire --group unitwire --mode 700 /data
COPY --from=build /opt/unitwire /opt/unitwire
ENV PATH=/opt/unitwire/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# By number: Kubernetes can only tell from a number that it is not root.
USER 10001:10001
# The SQLite file and its keys lie here, where no other database is set.
WORKDIR /data
VOLUME /data
EXPOSE 8080
# Only the web server listens; the others end when something is wrong with them.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python3", "-c", "from urllib.request import urlopen; b'serve' in open('/proc/1/cmdline', 'rb').read().split(b'\\0') and urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["unitwire"]
CMD ["serve", "--host", "0.0.0.0"]
