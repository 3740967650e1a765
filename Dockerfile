# Build: docker build -t ticket-enhancer .
# The image holds no redis-server: give it REDIS_URL. Everything else is configured as docs/configuration.md says.

# Docker uses the digest, the tag is for readers; docs/running.md says how to update both.
ARG NODE_IMAGE=node:24.18.0-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# Dependencies first: they change less often than the source, and stay cached.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src ./src
RUN npx tsc -p tsconfig.json && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
# production: the service then refuses to start on the demo tenants, whose secrets are public.
ENV NODE_ENV=production \
    METRICS_HOST=0.0.0.0 \
    DATA_DIR=/var/lib/ticket-enhancer
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
COPY --chown=root:root demo ./demo
# For the index of resolved tickets, on a volume; without one it is in memory.
RUN install -d -o 1000 -g 1000 -m 700 /var/lib/ticket-enhancer
# Nothing else is written at run time: the code belongs to root and runs as `node`, by number, so that Kubernetes can verify
# runAsNonRoot.
USER 1000:1000
EXPOSE 8080 8000
# No curl in the image; Node can ask as well. 127.0.0.1, because localhost may be ::1.
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.METRICS_PORT || 8000) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
# No shell and no npm in between: signals reach the primary, which drains its children.
CMD ["node", "dist/main.js"]
