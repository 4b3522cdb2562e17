# The engine's image: Node 24 on Debian, production packages and the console's built pages only, run by a user without rights.
FROM node:24-trixie-slim AS base
ENV NODE_ENV=production
WORKDIR /app

# The console's pages. What they are built with stays in this stage.
FROM base AS console
COPY package.json package-lock.json .npmrc ./
COPY frontend/console/package.json frontend/console/
# No script of a package runs; the engine's own would look for its files.
RUN npm ci --omit=dev --workspace=frontend/console --ignore-scripts
COPY schema schema
COPY frontend/client frontend/client
COPY frontend/console frontend/console
RUN node frontend/console/build.mjs

FROM base
# What Node has compiled once is there when a crashed engine starts again: half of the CPU of a start.
ENV NODE_COMPILE_CACHE=/tmp/node-compile-cache

# For sandboxes without containers, where the operator allows them; openssl for the certificates of a bus.
RUN apt-get update \
 && apt-get install -y --no-install-recommends bubblewrap git openssl socat \
 && rm -rf /var/lib/apt/lists/*

COPY package.json package-lock.json .npmrc ./
COPY engine/setup engine/setup
# The project's own script mends the uWebSockets.js binary afterwards.
RUN npm ci --omit=dev --workspaces=false && node engine/setup/fetch-scalar.mjs && npm cache clean --force

COPY LICENSE ./
COPY schema schema
COPY sandbox sandbox
COPY actors actors
COPY engine engine
COPY frontend/docs frontend/docs
COPY --from=console /app/frontend/console/dist frontend/console/dist
# Volumes take their owner from these folders.
RUN mkdir -p storage /run/lucid-git /run/lucid-bus /run/lucid-bus-servers /run/lucid-workspaces \
 && chown node:node storage /run/lucid-git /run/lucid-bus /run/lucid-bus-servers /run/lucid-workspaces

USER node
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8000) + '/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["sh", "engine/setup/join-profile.sh"]
# Not through npm: Node gets SIGTERM itself and has until the grace period's end to finish.
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=25", "--no-parallel-scavenge", "engine/main.ts"]
