import type { Deps } from "./deps.ts";
import { loggable } from "./lib/loggable.ts";
import { sweepChanges } from "./services/audit/sweep-changes.ts";
import { sumHours } from "./services/overview/sum-hours.ts";
import { sweepConversations } from "./services/retention/sweep-conversations.ts";

/** Often enough that "after 90 days" is true to the day; a sweep that finds nothing costs three queries, however many agents there are. */
const EVERY_MS = 3_600_000;
/** A process that is started every few minutes sweeps as well, and one that has just started has other things to do. */
const FIRST_MS = 60_000;

export interface Housekeeping {
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** Adds up hours that are over and deletes what is kept for a time only, now and then, for as long as the process lives. */
export function startHousekeeping(deps: Pick<Deps, "db" | "bus" | "log">): Housekeeping {
  let isStopping = false;
  let keeping: Promise<void> = Promise.resolve();

  async function addUp(): Promise<void> {
    try {
      await sumHours(deps, () => isStopping);
    } catch (err) {
      // The overview counts them one by one.
      deps.log.warn({ err: loggable(err) }, "the hours that are over could not be added up");
    }
  }
  async function sweep(): Promise<void> {
    try {
      const gone = { ...(await sweepConversations(deps, () => isStopping)), changes: await sweepChanges(deps) };
      if (gone.conversations + gone.visitors + gone.changes > 0) deps.log.info(gone, "what was kept long enough is deleted");
    } catch (err) {
      deps.log.warn({ err: loggable(err) }, "what was kept long enough could not be deleted");
    }
  }

  const next = () => {
    keeping = addUp().then(sweep);
  };
  const timers = [setTimeout(next, FIRST_MS), setInterval(next, EVERY_MS)];
  for (const timer of timers) timer.unref();
  return {
    async stop() {
      isStopping = true;
      for (const timer of timers) clearInterval(timer);
      await keeping;
    },
  };
}
