import type { ClaimedJob } from "../services/messages/claims.ts";
import type { JobWithTurns } from "./reply-jobs.ts";

/** Why a run has to stop before its end. */
export type StopReason = "lost" | "cancelled" | "stopping";

/** One claimed job in this process, from the claim to its end. */
export interface Run {
  readonly job: ClaimedJob;
  readonly claimed: JobWithTurns;
  readonly signal: AbortSignal;
  /** The reason it was told to stop; null while it may go on. */
  readonly stopReason: StopReason | null;
  /** The message once it is stored. */
  messageId: string | null;
  /** `performance.now()` until which nobody else can hold the lease. */
  leaseSafeUntil: number;
  /** Resolves when no check of the job is under way. */
  checked(): Promise<void>;
  /** Holds everything back until `check` has said whether the job is still ours. */
  during(check: Promise<void>): void;
  /** False once the job is lost, while that is being found out, and when the lease may have run out: nobody hears of it. */
  readonly maySpeak: boolean;
  /** Its own end is stored; what is told of it now is our own voice. */
  isEnding: boolean;
  stop(reason: StopReason): void;
}

class RunStopped extends Error {
  override name = "AbortError";
}

export function createRun(claimed: JobWithTurns, leaseSafeUntil: number): Run {
  const { job } = claimed;
  const controller = new AbortController();
  let stopReason: StopReason | null = null;
  const checks = new Set<Promise<void>>();
  return {
    job,
    claimed,
    signal: controller.signal,
    get stopReason() {
      return stopReason;
    },
    messageId: job.message_id,
    leaseSafeUntil,
    isEnding: false,
    async checked() {
      while (checks.size > 0) await Promise.allSettled(checks);
    },
    during(check) {
      checks.add(check);
      void check.finally(() => checks.delete(check));
    },
    get maySpeak() {
      return stopReason !== "lost" && checks.size === 0 && performance.now() < this.leaseSafeUntil;
    },
    stop(reason) {
      // A lost job stays lost; cancelling beats a shutdown.
      if (stopReason === "lost" || (stopReason === "cancelled" && reason === "stopping")) return;
      stopReason = reason;
      controller.abort(new RunStopped(`The reply was stopped: ${reason}.`));
    },
  };
}
