// `npm run build`: the widget, the panel and the server, whether or not their inputs have changed.
import { build, install, runScript } from "./lib.mjs";

await runScript(async () => {
  await install();
  await build({ isForced: true });
});
