# The bot in a container: `docker compose up -d` builds and runs it; see README.md, "In a container".
#
# Both bases are pinned by version and not by digest, which would tie them to one kind of processor.
# The Deno that compiles is the one that deno.json names, or the one of scripts/npm_runtime.ts where
# dl.deno.land is out of reach; hence a base with npm.
ARG BUILD_IMAGE=docker.io/library/node:22.12.0-bookworm-slim
ARG RUN_IMAGE=docker.io/library/debian:12.11-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY deno.json deno.lock ./
COPY scripts scripts
COPY src src
# What --version tells; the repository itself is not in here.
ARG SOURCE_COMMIT=
RUN npx --yes "deno@$(node -p 'require("./deno.json").deno')" task compile

FROM ${RUN_IMAGE}
# The administrators' tool. Certificates, time zones and languages are inside the bot.
RUN apt-get update -q \
 && apt-get install -qy --no-install-recommends sqlite3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
# The tool waits while the bot writes, for a moment each time, instead of failing at once.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin bot \
 && printf '.timeout 5000\n' > /home/bot/.sqliterc \
 && install -d -o bot -g bot -m 0700 /app/data
COPY --from=build /src/dist/bitrix24-bot /usr/local/bin/bitrix24-bot
USER bot
# Docker sets it for `docker run`, not everything else does.
ENV HOME=/home/bot
# data/bot.db, data/bot.log and .env are found from here.
WORKDIR /app
VOLUME /app/data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["bitrix24-bot", "health"]
ENTRYPOINT ["bitrix24-bot"]
CMD ["run"]
