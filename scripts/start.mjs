// `npm start`: sets up whatever is missing or has changed, then runs the server under the pinned Node.
import { build, envFile, install, prepareDatabase, runNode, runScript } from "./lib.mjs";

await runScript(async () => {
  await install();
  await build();
  if (!process.env.DATABASE_URL) await prepareDatabase();
  const { code } = await runNode([...envFile(), "api/main.ts"], {});
  return code;
});
