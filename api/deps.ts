import type { Logger } from "pino";
import { LIMITS } from "../protocol/codes.ts";
import type { Bus } from "./bus/bus.ts";
import { createMemoryBus } from "./bus/memory.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";
import { openDatabase } from "./db/open.ts";
import { createAuthState, type AuthState } from "./services/auth/auth-state.ts";
import { createHub, type Hub } from "./ws/hub.ts";

/** The parts that live as long as the process. */
export interface Deps {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  readonly bus: Bus;
  readonly auth: AuthState;
  readonly hub: Hub;
  readonly limits: Limits;
}
export type Limits = { readonly [Name in keyof typeof LIMITS]: number };

/** Composition root: the only place that names concrete adapters. */
export async function createDeps(
  config: Config,
  log: Logger,
  options: { limits?: Partial<Limits> } = {},
): Promise<Deps & { close(): Promise<void> }> {
  const db = await openDatabase(config, log);
  const bus = createMemoryBus();
  const limits: Limits = { ...LIMITS, ...options.limits };
  const hub = createHub({ db, bus, log, limits });
  return {
    config,
    log,
    db,
    bus,
    auth: createAuthState(config, bus),
    hub,
    limits,
    async close() {
      hub.stop();
      await bus.close();
      await db.close();
    },
  };
}
