import type { Logger } from "pino";
import type { Bus } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import type { Actor, Database } from "../db/database.ts";
import type { PostQueue } from "./messages/post-queue.ts";

/** What every verb gets first. A verb is `(ctx, input)`, one a file, and knows its actor. */
export interface ServiceContext<A extends Actor = Actor> {
  readonly actor: A;
  readonly db: Database;
  readonly bus: Bus;
  readonly posts: PostQueue;
  readonly log: Logger;
  readonly config: Config;
}
