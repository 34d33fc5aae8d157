import type { LocalCommand } from "./command.ts";

export const startCommand: LocalCommand = {
  name: "start",
  summary: "Run the server until it is stopped",
  parameters: "",
  details: "Migrates the database first. SIGTERM or Ctrl-C stops it in order.",
  options: {},
  positionals: [0, 0],
  async run() {
    await import("../main.ts");
    // From here on the process is the server's.
    return new Promise(() => {});
  },
};
