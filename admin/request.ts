import type { ErrorCode } from "../protocol/codes.ts";
import type { ErrorBody } from "../protocol/resources.ts";
import { noteServerAnswers, noteServerDown } from "./connection.ts";
import { language, t } from "./i18n/i18n.ts";

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
  /** Nothing was wrong with the request: the server did not answer. It may be sent again once it is back. */
  get isUnreachable(): boolean {
    return this.code === "OFFLINE";
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

export const unreachable = (status = 0): ApiError =>
  new ApiError(status, "OFFLINE", t("The server cannot be reached. Check your connection and try again."));

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
    noteServerDown();
    throw unreachable();
  }
  if (response.ok) {
    noteServerAnswers();
    return response;
  }
  const { error, code, ...details } = ((await response.json().catch(() => null)) ?? {}) as Partial<ErrorBody>;
  // Without a code it is not our server that answers, but what stands before it.
  if (!code && [502, 503, 504].includes(response.status)) {
    noteServerDown();
    throw unreachable(response.status);
  }
  noteServerAnswers();
  // A token that was replaced meanwhile may well be refused.
  if (response.status === 401 && token && token === (await credentials.accessToken())) credentials.onRefused();
  throw new ApiError(
    response.status,
    code ?? "INTERNAL_ERROR",
    error ?? t("The server answered with status {status}. Please try again.", { status: response.status }),
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

/** Anything thrown → words for a person. The server's own are English and the most precise; other languages have ours. */
export function errorWords(err: unknown): string {
  if (!(err instanceof ApiError)) return t("Something went wrong in the panel. Please reload the page.");
  return language === "en" ? err.message : (codeWords(err) ?? err.message);
}

/** null for codes that we have no words for. */
function codeWords({ code, message, issues }: ApiError): string | null {
  switch (code as ErrorCode) {
    case "VALIDATION_ERROR": {
      const details = issues.map((issue) => issue.message).join(" ") || message;
      return t("Please check what you entered: {details}", { details });
    }
    case "AUTH_ERROR":
      return t("You have been signed out. Please sign in again.");
    case "FORBIDDEN":
      return t("You are not allowed to do this.");
    case "INVALID_AGENT_ID":
    case "AGENT_NOT_FOUND":
      return t("This agent does not exist, or it was deleted.");
    case "SUB_AGENT_NOT_FOUND":
      return t("This sub-agent does not exist, or it was deleted.");
    case "CONVERSATION_NOT_FOUND":
      return t("This conversation does not exist, or it was deleted.");
    case "NOT_FOUND":
      return t("This does not exist, or it was deleted.");
    case "SLUG_TAKEN":
      return t("Another agent has this address already. Please choose another one.");
    case "WIZARD_INCOMPLETE":
      return t("Some steps are not finished yet.");
    case "IDEMPOTENCY_CONFLICT":
      return t("This was sent before with other words. Please send it again.");
    case "CONVERSATION_CLOSED":
      return t("This conversation is closed.");
    case "CONVERSATION_TAKEN":
      return t("Somebody else has taken over this conversation.");
    case "CONSENT_REQUIRED":
      return t("The visitor has to agree first.");
    case "SECRET_LOST":
      return t("This secret can no longer be read, because the server’s own secret was changed. Please make a new one.");
    case "PAYLOAD_TOO_LARGE":
      return t("This is too large to be sent.");
    case "RATE_LIMITED":
      return t("Too many requests. Please wait a moment and try again.");
    case "QUOTA_EXCEEDED":
      return t("The limit of your plan is reached.");
    case "MODEL_UNAVAILABLE":
      return t("The language model does not answer. Please try again later.");
    case "INTERNAL_ERROR":
      return t("The server made a mistake. Please try again.");
    default:
      return null;
  }
}
