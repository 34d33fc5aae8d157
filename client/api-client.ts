import { ApiError, readAnswer } from "./api-error.ts";
import type { ApiRoutes } from "./api-routes.ts";

// The package's entry is this file, and who calls has to tell a refusal from a bug.
export { ApiError };

/** `METHOD /path` as the reference names it, such as `GET /agents/{id}`. */
export type ApiRoute = keyof ApiRoutes;
export type ApiInput<R extends ApiRoute> = ApiRoutes[R]["input"] & { signal?: AbortSignal };
export type ApiAnswer<R extends ApiRoute> = ApiRoutes[R]["answer"];

/** Routes that answer page by page. */
export type ApiListRoute = {
  [R in ApiRoute]: ApiAnswer<R> extends { data: readonly unknown[]; next_cursor: string | null } ? R : never;
}[ApiRoute];
export type ApiListItem<R extends ApiListRoute> = ApiAnswer<R> extends { data: readonly (infer Item)[] } ? Item : never;

/** What can be left out where a route needs nothing. */
type Given<R extends ApiRoute> = object extends ApiInput<R> ? [input?: ApiInput<R>] : [input: ApiInput<R>];

export interface ApiClient {
  /**
   * Calls a route and gives its answer: JSON as it is, text as a string, a picture as a Blob, nothing for 204.
   * Throws ApiError for any other answer, and what `fetch` throws when there is none.
   */
  call<R extends ApiRoute>(route: R, ...given: Given<R>): Promise<ApiAnswer<R>>;
  /** Everything in a list, one after another; further pages are fetched when they are needed. Throws as `call` does. */
  list<R extends ApiListRoute>(route: R, ...given: Given<R>): AsyncGenerator<ApiListItem<R>, void, undefined>;
}

export interface ApiClientOptions {
  /** Of the chat server, such as `https://chat.example.com`. */
  origin: string;
  /** An API key (`rns_…`), or the access token of a person who has signed in. */
  key: string;
}

interface AnyInput {
  params?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
}
interface AnyPage {
  data: unknown[];
  next_cursor: string | null;
}

/** The HTTP API with its types. Nothing is sent before the first call, and nothing is sent twice: retries are the caller's. */
export function createApiClient({ origin, key }: ApiClientOptions): ApiClient {
  async function call(route: string, input: AnyInput = {}): Promise<unknown> {
    const [method, path] = route.split(" ") as [string, string];
    const url = new URL(
      path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(input.params![name]!)),
      origin,
    );
    for (const [name, value] of Object.entries(input.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = { Authorization: `Bearer ${key}` };
    if (input.body !== undefined) headers["Content-Type"] = "application/json";
    if (input.idempotencyKey !== undefined) headers["Idempotency-Key"] = input.idempotencyKey;
    const response = await fetch(url, {
      method,
      headers,
      body: input.body === undefined ? null : JSON.stringify(input.body),
      signal: input.signal ?? null,
      // With a redirect the key would go to wherever somebody points.
      redirect: "error",
    });
    if (response.status === 204) return undefined;
    const type = response.headers.get("Content-Type") ?? "";
    if (!response.ok || type.startsWith("application/json")) return await readAnswer(response);
    return type.startsWith("image/png") ? await response.blob() : await response.text();
  }

  async function* list(route: string, input: AnyInput = {}): AsyncGenerator<unknown, void, undefined> {
    const query = { limit: LIMIT_MAX, ...input.query };
    for (let cursor: string | undefined = undefined; ;) {
      const page = (await call(route, { ...input, query: cursor === undefined ? query : { ...query, cursor } })) as AnyPage;
      yield* page.data;
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }

  return { call, list } as ApiClient;
}

/** Every list gives so many at once. */
const LIMIT_MAX = 100;
