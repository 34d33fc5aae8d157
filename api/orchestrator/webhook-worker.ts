import type { Deps } from "../deps.ts";
import { isLoopbackUrl, OutgoingError, postOutgoing } from "../lib/outgoing.ts";
import { readRetryAfter } from "../lib/retry-after.ts";
import { SealError } from "../lib/sealed.ts";
import { webhookHeaders } from "../lib/standard-webhooks.ts";
import { openEndpointSecret } from "../services/webhooks/endpoint-secret.ts";
import { toPayload } from "../services/webhooks/to-payload.ts";
import type { OrchestratorOptions } from "./options.ts";
import {
  claimDeliveries,
  deleteFormerSecrets,
  deletePastDeliveries,
  markDelivered,
  markFailed,
  type ClaimedDelivery,
} from "./webhook-jobs.ts";

export interface WebhookWorker {
  start(): void;
  /** What is under way may end; the rest is left to others. */
  stop(): Promise<void>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Standard Webhooks' schedule: ten attempts within three days. */
const RETRY_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR] as const;
/** Up to so much later, so that what failed together does not come back together. */
const RETRY_JITTER = 0.2;
/** What an answer's Retry-After may ask for, and what it counts with: more would be a way to keep rows here for ever. */
const RETRY_AFTER_MS_MAX = DAY;
const BUSY_STATUSES: readonly number[] = [429, 503];
/** Longer than one event is tried. */
const DISABLED_AFTER_MS = 4 * DAY;
const CONCURRENCY_MAX = 20;
const PER_ENDPOINT_MAX = 5;
/** Longer than an attempt may take. */
const LEASE_MS = 60 * SECOND;
const KEPT_MS = 30 * DAY;

const LOST_SECRET = "The secret cannot be opened, because the server has another JWT_SECRET now. Make a new secret.";

interface FailedAttempt {
  /** null: there was no answer. */
  status: number | null;
  error: string;
  isGone: boolean;
  /** What the answer asked for; null: nothing. */
  retryAfterMs: number | null;
}

/** Delivers what happened to those who want to hear it: at least once, in no promised order. */
export function createWebhookWorker({
  db,
  log,
  config,
  metrics,
  options,
}: Pick<Deps, "db" | "log" | "config"> & Partial<Pick<Deps, "metrics">> & { options: OrchestratorOptions }): WebhookWorker {
  const running = new Map<Promise<void>, string>();
  let timers: NodeJS.Timeout[] = [];
  let isStopping = false;
  let claiming: Promise<void> | null = null;
  let cleaning: Promise<void> = Promise.resolve();

  const wake = () => {
    claiming ??= claim()
      .catch((err: unknown) => log.error({ err: { name: (err as Error).name } }, "webhook deliveries could not be claimed"))
      .finally(() => (claiming = null));
  };

  async function claim(): Promise<void> {
    const limit = CONCURRENCY_MAX - running.size;
    if (isStopping || limit <= 0) return;
    const jobs = await claimDeliveries(db, {
      limit,
      perEndpoint: PER_ENDPOINT_MAX,
      busy: [...new Set(running.values())],
      leaseMs: LEASE_MS,
    });
    for (const job of jobs) {
      const run = deliver(job)
        .catch((err: unknown) =>
          log.error({ err: { name: (err as Error).name }, delivery_id: job.id }, "a webhook delivery broke off"),
        )
        .finally(() => {
          running.delete(run);
          // More may wait for the same endpoint.
          if (!isStopping) wake();
        });
      running.set(run, job.endpoint_id);
    }
  }

  async function deliver(job: ClaimedDelivery): Promise<void> {
    const failure = await attempt(job);
    if (failure === null) {
      metrics?.webhookDeliveries.inc({ outcome: "delivered" });
      return;
    }
    const { retryAfterMs, ...told } = failure;
    const plannedMs = RETRY_MS[job.attempts - 1];
    const isLast = failure.isGone || plannedMs === undefined;
    metrics?.webhookDeliveries.inc({ outcome: isLast ? "failed" : "retried" });
    const isDisabled = await markFailed(db, job, {
      ...told,
      retryMs: isLast ? null : Math.max(plannedMs, retryAfterMs ?? 0) * (1 + RETRY_JITTER * Math.random()),
      disableAfterMs: DISABLED_AFTER_MS,
    });
    if (isDisabled) log.warn({ endpoint_id: job.endpoint_id }, "webhook switched off");
  }

  /** null: it was taken. */
  async function attempt(job: ClaimedDelivery): Promise<FailedAttempt | null> {
    const message = { id: `msg_${job.id}`, at: Math.floor(Date.now() / 1000), body: toPayload(job) };
    try {
      const { status, headers } = await postOutgoing(job.url, {
        headers: {
          "Content-Type": "application/json",
          "User-Agent": "Renus-Webhooks/1",
          ...webhookHeaders(openSecrets(job), message),
        },
        body: message.body,
        mayBeLoopback: isLoopbackUrl(config.publicUrl),
      });
      if (status < 200 || status > 299) {
        const asked = BUSY_STATUSES.includes(status) ? readRetryAfter(headers["retry-after"]?.toString(), Date.now()) : null;
        const retryAfterMs = asked === null ? null : Math.min(asked, RETRY_AFTER_MS_MAX);
        return { status, error: `The answer was ${status}.`, isGone: status === 410, retryAfterMs };
      }
      await markDelivered(db, job, status);
      return null;
    } catch (err) {
      if (err instanceof SealError) return { status: null, error: LOST_SECRET, isGone: false, retryAfterMs: null };
      if (!(err instanceof OutgoingError)) throw err;
      return { status: null, error: err.message, isGone: false, retryAfterMs: null };
    }
  }

  /** The newest first. Throws SealError when that one is lost; a former one that is lost signs nothing. */
  function openSecrets({ endpoint_id, secret, former_secret }: ClaimedDelivery): string[] {
    const newest = openEndpointSecret(config, endpoint_id, secret);
    if (former_secret === null) return [newest];
    try {
      return [newest, openEndpointSecret(config, endpoint_id, former_secret)];
    } catch (err) {
      if (err instanceof SealError) return [newest];
      throw err;
    }
  }

  const clean = () => {
    cleaning = Promise.all([deletePastDeliveries(db, KEPT_MS, options.cleanedMax), deleteFormerSecrets(db)]).then(
      () => {},
      (err: unknown) =>
        log.warn({ err: { name: (err as Error).name } }, "past webhook deliveries and secrets could not be deleted"),
    );
  };

  return {
    start() {
      isStopping = false;
      timers = [setInterval(wake, options.pollMs), setTimeout(clean, options.cleanFirstMs), setInterval(clean, options.cleanMs)];
      wake();
    },
    async stop() {
      isStopping = true;
      for (const timer of timers) clearInterval(timer);
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, options.stopMs)));
      const ended = Promise.all([claiming, cleaning]).then(() => Promise.allSettled(running.keys()));
      await Promise.race([ended, patience]);
      clearTimeout(timer);
    },
  };
}
