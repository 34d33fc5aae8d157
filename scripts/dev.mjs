// `npm run dev`: the server restarts and the widget is rebuilt whenever a file changes.
import { build, envFile, install, prepareDatabase, runNode, runScript } from "./lib.mjs";

await runScript(async () => {
  await install();
  await build({ withServer: false });
  if (!process.env.DATABASE_URL) await prepareDatabase();
  const [server, bundler] = await Promise.all([
    runNode([...envFile(), "--watch", "--watch-preserve-output", "api/main.ts"], {}),
    runNode(["node_modules/rollup/dist/bin/rollup", "-c", "-w", "--no-watch.clearScreen"], {}),
  ]);
  return server.code || bundler.code;
});
