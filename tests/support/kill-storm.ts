import type { OpenLink } from "../../client/link.ts";
import { startBusyVisitors, type BusyVisitors } from "./busy-visitors.ts";
import type { OpenAiServer } from "./openai-server.ts";
import type { RealServer } from "./real-server.ts";
import { reckon, type Query, type Reckoning } from "./reckoning.ts";

export const STORM_ANSWER = Array.from({ length: 30 }, (_, index) => `word${index + 1}`).join(" ");

export interface Storm {
  nodes: readonly RealServer[];
  /** Where visitors go. */
  origin: string;
  slug: string;
  model: OpenAiServer;
  visitors: number;
  /** Deaths, one after another, of one node at a time. */
  kills: number;
  /** Nodes that do nothing for longer than their leases hold, and then go on. */
  freezes: number;
  /** Moments in which every connection of the visitors ends, and what was on its way is lost. */
  cuts: number;
  cut?: () => void;
  /** What carries the frames of a tab. */
  link?: () => OpenLink;
  /** After that, who still waits for an answer waits in vain. */
  finishMsMax?: number;
  /** Runs once nobody writes any more. */
  reckon(count: (query: Query) => Promise<Reckoning>): Promise<Reckoning>;
}

const FREEZE_MS = 7000;
/** For `createPublishedAgent`: calls whose process died stay counted at the most that they may cost. */
export const STORM_AGENT = {
  name: "Aria",
  config: {
    limits: {
      replies_per_day: 1_000_000,
      tokens_per_day: 1_000_000_000,
      usd_per_day: 100_000,
      visitor_replies_per_day: 1_000_000,
      visitor_tokens_per_day: 1_000_000_000,
      visitor_usd_per_day: 100_000,
    },
  },
};

/** Visitors write and replies stream while nodes die and freeze and the network fails. Returns what was lost, doubled or left open: nothing, one hopes. */
export async function storm(options: Storm): Promise<Reckoning> {
  const { nodes, model, kills, freezes, cuts, finishMsMax = 120_000 } = options;
  // The first word takes its time: a node may stop before it as well as after it.
  model.behave(() => ({ text: STORM_ANSWER, chunkDelayMs: 40, gate: sleep(Math.random() * 1500) }));
  let sessions = 0;
  const visitors: BusyVisitors = await startBusyVisitors({
    count: options.visitors,
    origin: options.origin,
    slug: options.slug,
    createSession: () => nodes[sessions++ % nodes.length]!.createSession(options.slug),
    pauseMs: 1500,
    link: options.link,
  });
  const faults = Object.entries({ kill: kills, freeze: freezes, cut: cuts }).flatMap(([fault, count]) =>
    Array<string>(count).fill(fault),
  );
  try {
    for (const fault of shuffled(faults)) {
      await sleep(500 + Math.random() * 1500);
      const node = nodes[Math.floor(Math.random() * nodes.length)]!;
      if (fault === "cut") options.cut!();
      else if (fault === "freeze") await node.freeze(FREEZE_MS);
      else {
        await node.kill("SIGKILL");
        await node.start();
      }
    }
    await visitors.finish(finishMsMax).catch((err: Error) => process.stdout.write(`${err.message}\n`));
    const found = await options.reckon((query) => reckon(query, visitors, (text) => text === STORM_ANSWER));
    process.stdout.write(
      `${kills} kills and ${freezes} freezes of ${nodes.length === 1 ? "one node" : `one of ${nodes.length} nodes`}, ${cuts} cuts: ${JSON.stringify(found)}\n`,
    );
    return found;
  } finally {
    visitors.close();
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const shuffled = <T>(list: readonly T[]): T[] =>
  list
    .map((item) => [Math.random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
