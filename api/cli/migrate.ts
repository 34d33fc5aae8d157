import { pino } from "pino";
import { readConfig } from "../config.ts";
import type { LocalCommand } from "./command.ts";

export const migrateCommand: LocalCommand = {
  name: "migrate",
  summary: "Bring the database up to date",
  parameters: "",
  details:
    "The start does so by itself. On its own it is for those who migrate before they replace the first of several servers;\n" +
    "servers of the version before go on meanwhile. The embedded database has to be closed.",
  options: {},
  positionals: [0, 0],
  async run() {
    const { openDatabase } = await import("../db/open.ts");
    let applied: readonly string[] = [];
    const db = await openDatabase(readConfig(), pino({ level: "silent" }), (versions) => (applied = versions));
    await db.close();
    const out =
      applied.length === 0 ? "The database is up to date." : `Applied: ${applied.join(", ")}. The database is up to date.`;
    return { code: 0, out: `${out}\n` };
  },
};
