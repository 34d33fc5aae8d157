import type { Logger } from "pino";
import type { Bus } from "./bus/bus.ts";
import { createMemoryBus } from "./bus/memory.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";
import { openDatabase } from "./db/open.ts";
import { createAuthState, type AuthState } from "./services/auth/auth-state.ts";

/** The parts that live as long as the process. */
export interface Deps {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  readonly bus: Bus;
  readonly auth: AuthState;
}

/** Composition root: the only place that names concrete adapters. */
export async function createDeps(config: Config, log: Logger): Promise<Deps & { close(): Promise<void> }> {
  const db = await openDatabase(config, log);
  const bus = createMemoryBus();
  return {
    config,
    log,
    db,
    bus,
    auth: createAuthState(config, bus),
    async close() {
      await bus.close();
      await db.close();
    },
  };
}
