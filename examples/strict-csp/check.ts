import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cspLines, RECIPES } from "../../protocol/embed-recipes.ts";
import { ask, inBrowser, serveSite, type Served, type Site } from "../browser.ts";
import { report } from "../report.ts";

export const VARIANTS = ["allow-list", "nonce", "frame"] as const;
export type Variant = (typeof VARIANTS)[number];

export interface CheckInput {
  /** Origin of the chat server. */
  server: string;
  /** Slug of a published agent. */
  agent: string;
  variant: Variant;
  question?: string;
  /** For each step. Default 30 s. */
  timeoutMs?: number;
  /** Directives that replace those of the variant, to see the check fail. */
  directives?: Record<string, string>;
}

/** Nothing is allowed to begin with; text that becomes markup or script is refused by type. */
const NOTHING = {
  "default-src": "'none'",
  "base-uri": "'none'",
  "form-action": "'none'",
  "require-trusted-types-for": "'script'",
  "trusted-types": "lit-html",
};

/** The directives of a page with the chat: nothing, and the lines of docs/embed.md. */
export function directivesOf(server: string, variant: Variant, nonce: string): Record<string, string> {
  const lines = cspLines(server);
  const { "frame-src": frameSrc, ...others } = lines.allowList;
  if (variant === "frame") return { ...NOTHING, "frame-src": frameSrc! };
  return { ...NOTHING, ...others, ...(variant === "nonce" ? { "script-src": lines.nonce.replace("…", nonce) } : {}) };
}

/** Serves the page under its policy and chats in a real browser. Throws when the policy was violated even once. */
export async function checkStrictCsp(input: CheckInput): Promise<string> {
  const site = await servePage(input);
  try {
    return await inBrowser(input.timeoutMs ?? 30_000, async (page) => {
      await page.addInitScript(() => {
        const violations: string[] = [];
        Object.assign(window, { violations });
        document.addEventListener("securitypolicyviolation", (event) =>
          violations.push(`${event.effectiveDirective} refused ${event.blockedURI}`),
        );
      });
      await page.goto(site.url);
      const question = input.question ?? "How long does delivery take?";
      let answer: string;
      if (input.variant === "frame") {
        answer = await ask(page.frameLocator("iframe").locator("body"), question);
      } else {
        await page.getByRole("button", { name: "Ask about delivery" }).click();
        answer = await ask(page, question);
        // What comes later is fetched and styled under the same policy.
        await page.getByRole("button", { name: "More" }).click();
        await page.getByRole("button", { name: "New conversation" }).waitFor();
      }
      const violations = await page.evaluate(() => (window as unknown as { violations: string[] }).violations);
      if (violations.length > 0) throw new Error(`The page's policy was violated: ${violations.join("; ")}`);
      return answer;
    });
  } finally {
    site.close();
  }
}

function servePage({ server, agent, variant, directives = {} }: Omit<CheckInput, "question">): Promise<Site> {
  const tag = /<script [^]*<\/script>/;
  return serveSite(async (path): Promise<Served | undefined> => {
    if (path !== "/") return undefined;
    const nonce = randomBytes(16).toString("base64");
    const policy = { ...directivesOf(server, variant, nonce), ...directives };
    const code =
      variant === "frame"
        ? RECIPES.iframe({ origin: server, agent })
        : RECIPES.html({ origin: server, agent }).replace(
            "<script",
            variant === "nonce" ? `<script nonce="${nonce}"` : "<script",
          );
    const page = await readFile(join(import.meta.dirname, "index.html"), "utf8");
    return {
      type: "text/html",
      text: page.replace(tag, code),
      headers: {
        "Content-Security-Policy": Object.entries(policy)
          .map((directive) => directive.join(" "))
          .join("; "),
      },
    };
  });
}

if (import.meta.main) {
  const [server = "http://127.0.0.1:3000", agent = "demo"] = process.argv.slice(2);
  for (const variant of VARIANTS)
    await report(async () => `${variant}: the agent answered\n\n${await checkStrictCsp({ server, agent, variant })}\n`);
}
