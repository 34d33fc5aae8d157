import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { aptInstall } from "./apt.ts";

/**
 * The first two: each window, and so each context, loads the list below its address bar as pages of their own, which nobody sees
 * here and which are half of what Chromium computes in a test. The switch replaces that of Playwright: the others are from there.
 */
const FEATURES_OFF = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "AimEnabled",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "ThirdPartyStoragePartitioning",
];
const ARGS = [
  `--disable-features=${FEATURES_OFF.join(",")}`,
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

function* candidates(): Generator<string> {
  if (process.env["CHROMIUM_PATH"]) yield process.env["CHROMIUM_PATH"];
  // Without a window to draw, a page costs a fifth of what it costs the whole browser.
  for (const name of ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
    for (const folder of ["/usr/bin", "/usr/local/bin", "/snap/bin"]) yield join(folder, name);
  }
  yield "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  const cache = join(homedir(), ".cache/ms-playwright");
  if (!existsSync(cache)) return;
  for (const folder of readdirSync(cache).filter((name) => name.startsWith("chromium"))) {
    for (const file of ["chrome-linux/chrome", "chrome-linux64/chrome", "chrome-linux/headless_shell"])
      yield join(cache, folder, file);
  }
}

/** Path of an installed Chromium or Chrome; null when there is none. */
export function findChromium(): string | null {
  for (const path of candidates()) if (existsSync(path)) return path;
  return null;
}

/** Whether it is Chromium's engine alone, without what surrounds the page: installing, the address bar. */
export const isEngineAlone = (path: string): boolean => /headless[-_]shell$/.test(path);

/** Path of one. Installs it with apt where that needs no password, the engine alone if there is such a package; otherwise throws and says what to install. */
export async function ensureChromium(): Promise<string> {
  for (const packageName of ["", "chromium-headless-shell", "chromium"]) {
    if (packageName) await aptInstall(packageName);
    const found = findChromium();
    if (found) return found;
  }
  throw new Error(
    "The tests need Chromium. Install it (Debian: sudo apt-get install chromium) and run them again. Or set CHROMIUM_PATH to the executable of one.",
  );
}

/** A real, headless browser that talks to loopback only. */
export async function launchChromium(moreArgs: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: await ensureChromium(), headless: true, args: [...ARGS, ...moreArgs] });
}
