// `npm start`: sets up whatever is missing or has changed, then runs the server under the pinned Node.
import { at, build, envFile, install, prepareDatabase, runNode, runScript } from "./lib.mjs";

await runScript(async () => {
  await install();
  await build();
  if (!process.env.DATABASE_URL) await prepareDatabase();
  // What Node has compiled once it need not compile at the next start.
  const env = { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? at(".cache", "compiled") };
  const { code } = await runNode([...envFile(), "dist/server/main.js"], { env });
  return code;
});
