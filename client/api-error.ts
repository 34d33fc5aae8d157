/** An answer of the HTTP API that is not a success. `message` is the server's words for a person. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | null;
  constructor(status: number, code: string, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Reads an answer as JSON. Throws ApiError, also for answers that are not ours (a proxy's page, a captive portal). */
export async function readAnswer<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  if (response.ok && body) return body as T;
  const {
    code,
    error,
    retry_after_ms: retryAfterMs,
  } = (body ?? {}) as { code?: string; error?: string; retry_after_ms?: number };
  throw new ApiError(response.status, code ?? "INTERNAL_ERROR", error ?? `HTTP ${response.status}`, retryAfterMs ?? null);
}
