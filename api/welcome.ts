import { toString as drawQr } from "qrcode";
import { SYSTEM } from "./db/actor.ts";
import type { Database } from "./db/database.ts";
import type { FirstAdministrator } from "./services/auth/ensure-first-administrator.ts";

export interface WelcomeInput {
  db: Database;
  /** Where people reach this server, without a trailing slash. */
  origin: string;
  /** Only on the first start. */
  administrator: FirstAdministrator | null;
  /** Colours make the code readable on dark and light terminals alike; log files take plain blocks. */
  isTerminal: boolean;
}

/** What a person reads once the server listens: where everything is, the code to scan, and on the first start how to sign in. */
export async function welcome({ db, origin, administrator, isTerminal }: WelcomeInput): Promise<string> {
  const agent = await findShownAgent(db);
  const lines = ["", "Renus is ready.", "", `  Panel       ${origin}/admin/`];
  if (agent) lines.push(`  Agent page  ${origin}/a/${agent.slug}   (${printable(agent.name)})`);
  lines.push(`  API         ${origin}/docs`);
  if (administrator) {
    lines.push("", `  Sign in as  ${administrator.email}`);
    if (administrator.generated_password) {
      lines.push(
        `  Password    ${administrator.generated_password}`,
        "              shown only this once: keep it, or change it in the panel",
      );
    } else lines.push("  Password    the one in ADMIN_PASSWORD");
  }
  if (agent) {
    const code = await drawQr(`${origin}/a/${agent.slug}`, {
      errorCorrectionLevel: "M",
      ...(isTerminal ? { type: "terminal", small: true } : { type: "utf8" }),
    });
    lines.push("", code.trimEnd());
    if (/\/\/(127\.|localhost|\[::1\])/.test(origin)) {
      lines.push("", "  This address works on this machine only. For a phone on the same network: HOST=0.0.0.0 npm start");
    }
  } else lines.push("", "  No agent is published yet: the panel walks you to the first one.");
  return [...lines, ""].join("\n");
}

/** The oldest published agent: the demonstration, until it is deleted. */
async function findShownAgent(db: Database): Promise<{ slug: string; name: string } | null> {
  const row = await db.as(SYSTEM, (trx) =>
    trx
      .selectFrom("agents")
      .select(["slug", "name"])
      .where("status", "=", "active")
      .where("is_public", "=", true)
      .orderBy("created_at")
      .orderBy("id")
      .limit(1)
      .executeTakeFirst(),
  );
  return row ?? null;
}

/** Old rows hold anything, and a terminal obeys control characters. */
function printable(name: string): string {
  return name.replaceAll(/\p{C}/gu, " ").slice(0, 80);
}
