import jsQr from "jsqr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDefaultDatabase } from "../tests/support/default-database.ts";
import { ownerQuery } from "../tests/support/owner.ts";
import type { Database } from "./db/database.ts";
import { welcome } from "./welcome.ts";

let db: Database;
beforeAll(async () => void (db = await openDefaultDatabase()));
afterAll(() => db.close());

const ORIGIN = "http://192.168.7.20:3000";
const FIRST = { email: "ana@example.com", generated_password: "correct-horse" };

test("without a published agent it points to the panel, and tells the generated password", async () => {
  const words = await welcome({ db, origin: ORIGIN, administrator: FIRST, isTerminal: false });
  expect(words).toContain(`${ORIGIN}/admin/`);
  expect(words).toContain("ana@example.com");
  expect(words).toContain("correct-horse");
  expect(words).toContain("No agent is published yet");
});

test("a chosen password is never printed, and later starts print none at all", async () => {
  const chosen = await welcome({ db, origin: ORIGIN, administrator: { ...FIRST, generated_password: null }, isTerminal: false });
  expect(chosen).toContain("ADMIN_PASSWORD");
  expect(await welcome({ db, origin: ORIGIN, administrator: null, isTerminal: false })).not.toContain("Password");
});

test("the drawn code decodes to the address of the oldest published agent, whose name cannot steer the terminal", async () => {
  const [client] = await ownerQuery(db, "insert into clients (name) values ('Company') returning id");
  await ownerQuery(
    db,
    `insert into agents (client_id, name, slug, system_prompt, status, is_public, created_at)
     values ($1, $2, 'first', 'You help.', 'active', true, now() - interval '1 day'),
            ($1, 'Second', 'second', 'You help.', 'active', true, now()),
            ($1, 'Draft', 'draft', 'You help.', 'draft', false, now() - interval '2 days')`,
    [client!["id"], "First\u001b[2J"],
  );
  const words = await welcome({ db, origin: ORIGIN, administrator: null, isTerminal: false });
  expect(words).toContain(`${ORIGIN}/a/first`);
  expect(words).not.toContain("\u001b");
  expect(decode(words)).toBe(`${ORIGIN}/a/first`);
});

/** Reads the half-block drawing as a camera would, eight pixels a module. */
function decode(words: string): string | undefined {
  const rows = words.split("\n").filter((line) => /^[ █▀▄]+$/.test(line) && line.trim() !== "");
  const width = Math.max(...rows.map((row) => row.length));
  const modules = rows.flatMap((row) => {
    const cells = [...row.padEnd(width)];
    return [cells.map((cell) => cell === "█" || cell === "▀"), cells.map((cell) => cell === "█" || cell === "▄")];
  });
  const scale = 8;
  const quiet = 4;
  const side = (Math.max(width, modules.length) + 2 * quiet) * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [y, row] of modules.entries()) {
    for (const [x, isDark] of row.entries()) {
      if (!isDark) continue;
      for (let dy = 0; dy < scale; dy++) {
        const start = (((y + quiet) * scale + dy) * side + (x + quiet) * scale) * 4;
        for (let dx = 0; dx < scale; dx++) pixels.fill(0, start + dx * 4, start + dx * 4 + 3);
      }
    }
  }
  return jsQr.default(pixels, side, side)?.data;
}
