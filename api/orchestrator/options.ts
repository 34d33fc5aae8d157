/** Times and bounds of the orchestrator. Production runs on the defaults; tests shorten them. */
export interface OrchestratorOptions {
  /** Replies this process writes at once. */
  concurrencyMax: number;
  /** How long a job stays ours without a renewal, by the database's clock. */
  leaseMs: number;
  renewMs: number;
  /** Looks for jobs at least this often; normally it is woken. */
  pollMs: number;
  /** Tries at one reply over all takeovers; then it fails visibly. */
  attemptsMax: number;
  /** Model calls within one run, and the time in which the last of them may begin. */
  triesMax: number;
  triesBudgetMs: number;
  /** Wait before a try when the server names none; doubles each time. */
  retryDelayMs: number;
  /** Silence before the first byte and between two, after which the call counts as stalled. */
  firstChunkMs: number;
  nextChunkMs: number;
  /** Longest time for one whole reply. */
  replyMs: number;
  routingMs: number;
  /** Deltas are joined this long; the text so far is saved this often. */
  deltaMs: number;
  saveMs: number;
  typingMs: number;
  /** UTF-16 units of one reply; what would be longer ends there. */
  contentCharsMax: number;
  /** Tokens that a server may write for one reply, its thoughts included; a specialist may have fewer. */
  replyTokensMax: number;
  historyTokensMax: number;
  knowledgeTokensMax: number;
  /** A stopping process waits this long for its replies to be put down. */
  stopMs: number;
  /** Jobs that ended this long ago are deleted: so many at a time, this often. */
  endedKeptMs: number;
  cleanMs: number;
  /** After the start, when there are other things to do; a process that is started every few minutes cleans as well. */
  cleanFirstMs: number;
  cleanedMax: number;
  /** null: yes for the embedded database, whose only process this is. */
  expiresLeasesAtStart: boolean | null;
}

export const ORCHESTRATOR_DEFAULTS: Readonly<OrchestratorOptions> = {
  concurrencyMax: 128,
  leaseMs: 5000,
  renewMs: 1500,
  pollMs: 1000,
  attemptsMax: 8,
  triesMax: 3,
  triesBudgetMs: 60_000,
  retryDelayMs: 500,
  firstChunkMs: 20_000,
  nextChunkMs: 15_000,
  replyMs: 300_000,
  routingMs: 8000,
  deltaMs: 30,
  saveMs: 1000,
  typingMs: 4000,
  contentCharsMax: 20_000,
  replyTokensMax: 4096,
  historyTokensMax: 6000,
  knowledgeTokensMax: 6000,
  stopMs: 3000,
  endedKeptMs: 7 * 24 * 3_600_000,
  cleanMs: 3_600_000,
  cleanFirstMs: 60_000,
  cleanedMax: 5000,
  expiresLeasesAtStart: null,
};
