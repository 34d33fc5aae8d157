import { randomUUID } from "node:crypto";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { BusEvent } from "../bus/bus.ts";
import { deletePastRequests } from "../services/idempotency/idempotent-requests.ts";
import { deletePastUsage } from "../services/limits/settle-call.ts";
import type { Claimant } from "../services/messages/claims.ts";
import {
  claimJobs,
  deleteEndedJobs,
  lookAtJob,
  releaseJob,
  renewJobs,
  toJobWithTurns,
  TURNS_READ_MAX,
  type JobWithTurns,
} from "./reply-jobs.ts";
import { createReplySaver } from "./reply-saver.ts";
import { createRun, type Run, type StopReason } from "./run.ts";
import { writeReply, type WriteContext } from "./write-reply.ts";

export interface Worker extends Claimant {
  readonly id: string;
  /** Replies being written right now. */
  readonly runningCount: number;
  start(): void;
  /** Puts every reply down for others to go on with. */
  stop(): Promise<void>;
}

/** A database that failed in the middle of a reply may be back in a moment. */
const RETRY_AFTER_FAILURE_MS = 1000;

/** Jobs of one transaction: while it lasts, new messages of their conversations wait. */
const CLAIM_MAX = 8;

/** Claims reply jobs and writes them, many at once, never two of one conversation. */
export function createWorker(parts: Omit<WriteContext, "saver">): Worker {
  const { deps, options } = parts;
  const { db, bus, log } = deps;
  const context: WriteContext = { ...parts, saver: createReplySaver(db, options.saveMs) };
  const id = randomUUID();
  const runs = new Set<Run>();
  const endings = new Set<Promise<void>>();
  /** Offers under way, and the room that they may take. */
  const offers = new Set<Promise<void>>();
  let offered = 0;
  /** Somebody looked for jobs while all the room was offered. */
  let isRoomAwaited = false;
  let isStarted = false;
  let isStopping = false;
  let isClaiming = false;
  let isWokenMeanwhile = false;
  let claiming: Promise<void> = Promise.resolve();
  let cleaning: Promise<void> = Promise.resolve();
  let timers: NodeJS.Timeout[] = [];
  let stopListening = () => {};

  const wake = () => {
    if (isStopping) return;
    if (isClaiming) isWokenMeanwhile = true;
    else claiming = claimAll();
  };

  async function claimAll(): Promise<void> {
    isClaiming = true;
    try {
      do {
        isWokenMeanwhile = false;
        const free = options.concurrencyMax - runs.size - offered;
        isRoomAwaited = free <= 0;
        if (isRoomAwaited) return;
        const askedAt = performance.now();
        const claimed = await claimJobs(db, id, Math.min(free, CLAIM_MAX), options.leaseMs);
        for (const job of claimed) begin(job, askedAt + options.leaseMs);
        if (claimed.length === CLAIM_MAX) isWokenMeanwhile = true;
      } while (isWokenMeanwhile && !isStopping);
    } catch (err) {
      log.error({ err: nameOf(err) }, "reply jobs could not be claimed");
    } finally {
      isClaiming = false;
    }
  }

  function begin(claimed: JobWithTurns, leaseSafeUntil: number): void {
    const run = createRun(claimed, leaseSafeUntil);
    const { job } = run;
    runs.add(run);
    if (isStopping) run.stop("stopping");
    const ending = writeReply(context, run)
      .catch(async (err: unknown) => {
        log.error({ err: nameOf(err), conversation_id: job.conversation_id }, "a reply was interrupted and will be tried again");
        await releaseJob(db, job, RETRY_AFTER_FAILURE_MS).catch(() => {});
      })
      .finally(() => {
        runs.delete(run);
        endings.delete(ending);
        wake();
      });
    endings.add(ending);
  }

  async function renew(): Promise<void> {
    const held = [...runs].filter((run) => run.stopReason === null);
    if (held.length === 0) return;
    const askedAt = performance.now();
    try {
      const renewed = await renewJobs(
        db,
        held.map((run) => run.job),
        options.leaseMs,
      );
      for (const run of held) {
        const row = renewed.find((candidate) => candidate.id === run.job.id && candidate.fence === run.job.fence);
        if (!row) run.stop("lost");
        else if (row.cancel_requested) run.stop("cancelled");
        else run.leaseSafeUntil = askedAt + options.leaseMs;
      }
    } catch (err) {
      log.warn({ err: nameOf(err) }, "leases could not be renewed");
    }
  }

  async function look(run: Run): Promise<void> {
    const row = await lookAtJob(db, run.job);
    if (!row) run.stop("lost");
    else if (row.cancel_requested) run.stop("cancelled");
  }

  async function clean(): Promise<void> {
    try {
      const count = await deleteEndedJobs(db, options.endedKeptMs, options.cleanedMax);
      await deletePastUsage(db, options.cleanedMax);
      await deletePastRequests(db, options.cleanedMax);
      if (count > 0) log.info({ count }, "ended reply jobs deleted");
    } catch (err) {
      log.warn({ err: nameOf(err) }, "what has ended could not be deleted");
    }
  }

  const cleanNext = () => {
    cleaning = cleaning.then(clean);
  };

  function hear(event: BusEvent): void {
    // Most of what is heard is what runs say themselves.
    if (event.topic !== "jobs" && (event.topic !== "frame" || !ENDINGS.has(event.frame.type))) return;
    for (const run of runs) {
      if (run.job.conversation_id !== event.conversation_id) continue;
      if (event.topic === "jobs") run.during(look(run).catch(() => {}));
      else if (isEndedElsewhere(event, run)) run.stop("lost");
    }
    if (event.topic === "jobs" && !event.is_claimed) wake();
  }

  return {
    id,
    get runningCount() {
      return runs.size;
    },
    offer() {
      const limit = Math.min(options.concurrencyMax - runs.size - offered, CLAIM_MAX);
      if (!isStarted || isStopping || limit <= 0) return null;
      const { promise, resolve: answered } = Promise.withResolvers<void>();
      offers.add(promise);
      offered += limit;
      const askedAt = performance.now();
      return {
        worker_id: id,
        limit,
        lease_ms: options.leaseMs,
        turns_max: TURNS_READ_MAX,
        take(claims) {
          offers.delete(promise);
          offered -= limit;
          for (const claim of claims) begin(toJobWithTurns(claim), askedAt + options.leaseMs);
          answered();
          if (isRoomAwaited) wake();
        },
      };
    },
    start() {
      isStarted = true;
      stopListening = bus.subscribe(hear);
      let isRenewing = false;
      timers = [
        setInterval(wake, options.pollMs),
        setTimeout(cleanNext, options.cleanFirstMs),
        setInterval(cleanNext, options.cleanMs),
        setInterval(() => {
          if (isRenewing) return;
          isRenewing = true;
          void renew().finally(() => (isRenewing = false));
        }, options.renewMs),
      ];
      wake();
    },
    async stop() {
      isStopping = true;
      for (const timer of timers) clearInterval(timer);
      stopListening();
      for (const run of runs) run.stop("stopping" satisfies StopReason);
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, options.stopMs)));
      const allEnded = Promise.all([cleaning, claiming, ...offers])
        .then(() => Promise.allSettled(endings))
        .then(() => {});
      await Promise.race([allEnded, patience]);
      clearTimeout(timer);
    },
  };
}

/** What may end a run that another process, or a person, decides about. */
const ENDINGS: ReadonlySet<ServerFrame["type"]> = new Set(["conversation", "stream_end"]);

/** A person took over, or somebody ended this very reply: not one more token, without asking the database first. */
function isEndedElsewhere(event: Extract<BusEvent, { topic: "frame" }>, run: Run): boolean {
  const { frame } = event;
  if (frame.type === "conversation") {
    return frame.conversation.owner !== "assistant" || frame.conversation.owner_epoch > run.job.owner_epoch;
  }
  return frame.type === "stream_end" && frame.message_id === run.messageId && !run.isEnding;
}

/** Name and SQL state only: messages of database errors may quote row values. */
function nameOf(err: unknown): string {
  const { name, code } = err as { name?: string; code?: unknown };
  return typeof code === "string" ? `${name} ${code}` : (name ?? "Error");
}
