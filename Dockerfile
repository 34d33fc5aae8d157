# One image for every node. Built from the repository: docker build -t renus .
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.mjs && node scripts/prepare-database.ts && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
# The prepared database is readable by its owner alone.
COPY --from=build --chown=node:node /app/.cache ./.cache
COPY --from=build /app/supabase ./supabase
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
RUN mkdir /data && chown node:node /data && ln -s /app/bin/renus.mjs /usr/local/bin/renus
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((res) => process.exit(res.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/renus.mjs", "start"]
