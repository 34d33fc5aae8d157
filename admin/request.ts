import type { ErrorBody } from "../protocol/resources.ts";

/** An answer other than 2xx, or none at all (`status` 0). `message` is fit to be shown. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(status: number, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
  /** Of VALIDATION_ERROR: where and what. */
  get issues(): { path: string; message: string }[] {
    return (this.details["issues"] as { path: string; message: string }[] | undefined) ?? [];
  }
  /** Of WIZARD_INCOMPLETE. */
  get missingSteps(): number[] {
    return (this.details["missing_steps"] as number[] | undefined) ?? [];
  }
}

interface Credentials {
  /** null when nobody is signed in. */
  accessToken(): Promise<string | null>;
  /** The server refused the token. */
  onRefused(): void;
}
let credentials: Credentials = { accessToken: async () => null, onRefused: () => {} };
export function useCredentials(given: Credentials): void {
  credentials = given;
}

/** For the socket; null when nobody is signed in. */
export const currentToken = (): Promise<string | null> => credentials.accessToken();

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** Throws ApiError. Sends the signed-in person's token. */
async function send(path: string, { method = "GET", body, signal }: RequestOptions): Promise<Response> {
  const headers = new Headers();
  const token = await credentials.accessToken();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      signal: signal ?? null,
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch (err) {
    if (signal?.aborted) throw err;
    throw new ApiError(0, "OFFLINE", "The server cannot be reached. Check your connection and try again.");
  }
  if (response.ok) return response;
  const { error, code, ...details } = ((await response.json().catch(() => null)) ?? {}) as Partial<ErrorBody>;
  // A token that was replaced meanwhile may well be refused.
  if (response.status === 401 && token && token === (await credentials.accessToken())) credentials.onRefused();
  throw new ApiError(
    response.status,
    code ?? "INTERNAL_ERROR",
    error ?? `The server answered with status ${response.status}. Please try again.`,
    details,
  );
}

/** Throws ApiError. An empty answer is undefined. */
export async function requestJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

/** Throws ApiError. */
export async function requestBlob(path: string, options: RequestOptions = {}): Promise<Blob> {
  return (await send(path, options)).blob();
}

/** Query string of what is set; empty values are left out. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return text && `?${text}`;
}

/** Anything thrown → words for a person. */
export function errorWords(err: unknown): string {
  return err instanceof ApiError ? err.message : "Something went wrong in the panel. Please reload the page.";
}
