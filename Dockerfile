# One Holdpoint node: alone on the embedded store, or one of several on Redis (docker-compose.yml).
#   docker build -t holdpoint . && docker run -p 127.0.0.1:7411:7411 -v holdpoint-data:/data holdpoint
# The first stage has the C++ compiler that better-sqlite3 may need.
FROM node:24-bookworm AS build
WORKDIR /src
COPY . .
# Built with everything, then installed anew without what only building needs; both from the lockfile.
RUN npx --yes pnpm@10.34.9 install --frozen-lockfile \
 && node node_modules/typescript/bin/tsc -b cli \
 && node console/node_modules/vite/bin/vite.js build console \
 && rm -rf node_modules */node_modules \
 && npx --yes pnpm@10.34.9 install --frozen-lockfile --prod --filter "holdpoint..."

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    HOLDPOINT_DATA=/data \
    HOLDPOINT_HOST=0.0.0.0 \
    HOLDPOINT_PORT=7411
COPY --from=build /src/node_modules /app/node_modules
COPY --from=build /src/shared /app/shared
COPY --from=build /src/client-sdk /app/client-sdk
COPY --from=build /src/server /app/server
COPY --from=build /src/cli /app/cli
# Only this user may read the keys in there: the server refuses a folder that others can write.
# /keys is for nodes that share theirs; a volume mounted there takes over who owns it.
RUN install -d -o node -g node -m 0700 /data /keys
VOLUME /data
USER node
EXPOSE 7411
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HOLDPOINT_PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/cli/dist/main.js"]
CMD ["serve"]
