// `npm run build`: the widget and the panel, whether or not their inputs have changed.
import { build, install, runScript } from "./lib.mjs";

await runScript(async () => {
  await install();
  await build({ isForced: true });
});
