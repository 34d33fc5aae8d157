import { existsSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { launchChromium } from "../../tests/support/chromium.ts";
import { startRealServer } from "../../tests/support/real-server.ts";
import { numberOption } from "../figures.ts";
import { measure, type Measured } from "./measure.ts";
import { installPeers } from "../install-peers.ts";
import { peerResources, PEERS_FOLDER, type PeerName } from "./peers.ts";
import { printMeasured } from "./print.ts";
import { startStaticServer } from "./static-server.ts";
import { BLANK, pageOf, widgets } from "./widgets.ts";

/**
 * What a chat costs the page that embeds it, and how soon it can be written in, beside other widgets and a blank page, in the
 * installed Chromium: see ../README.md. `--runs=7`
 */

// The server gives one address 30 sessions an hour; a round takes two, and the first one warms everything up.
const RUNS_MAX = 14;
const MINUTES_MAX = 45;

const runs = numberOption("runs", 7);
if (runs > RUNS_MAX) throw new Error(`--runs has to be at most ${RUNS_MAX}.`);
if (!existsSync(new URL("../../dist/widget/manifest.json", import.meta.url)))
  throw new Error("There is no dist/widget. Run `npm run build` first.");
const versions = installPeers<PeerName>(PEERS_FOLDER);
const facts = `${cpus().length} × ${cpus()[0]!.model}, load ${loadavg()[0]!.toFixed(1)} before`;
const deadline = setTimeout(() => {
  console.error(`Given up after ${MINUTES_MAX} minutes.`);
  process.exit(1);
}, MINUTES_MAX * 60_000);

// Names of hosts do not resolve: what wants to leave the machine fails at once.
const browser = await launchChromium(["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]);
const server = await startRealServer();
const agent = await server.createPublishedAgent({ config: { step_1_data: { name: "Bench" }, step_2_data: { tone: "calm" } } });
const peers = await startStaticServer(peerResources());
const tag = `<script src="${server.url}/widget/v1.js" data-agent="${agent.slug}" async></script>`;
const all = widgets(tag, peers.url, versions);
const site = await startStaticServer(
  Object.fromEntries(all.map((widget) => [widget.path, { type: "text/html", body: pageOf(widget) }])),
);
const measured = new Map<string, Measured[]>(all.map(({ name }) => [name, []]));
try {
  for (let round = 0; round <= runs; round++) {
    let blankNames = new Set<string>();
    for (const { name, path } of all) {
      const one = await measure(browser, site.url + path, name !== BLANK);
      if (name === BLANK) blankNames = new Set(one.names);
      one.names = one.names.filter((known) => !blankNames.has(known));
      one.figures.globals = one.names.length;
      if (round > 0) measured.get(name)!.push(one);
    }
    console.error(round === 0 ? "Warmed up." : `Round ${round} of ${runs}.`);
  }
} finally {
  await browser.close();
  site.stop();
  peers.stop();
  await server.remove();
  clearTimeout(deadline);
}

const today = new Date().toISOString().slice(0, 10);
console.log(`${today}, Chromium ${browser.version()}, Node ${process.versions.node}, ${facts}, medians of ${runs} rounds.\n`);
printMeasured(measured);
