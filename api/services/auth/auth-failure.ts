/** An error of sign-in, told in Supabase Auth's words and codes so that its clients understand. */
export class AuthFailure extends Error {
  override name = "AuthFailure";
  readonly status: 400 | 401 | 403 | 404 | 413 | 422 | 429 | 500;
  /** One of Supabase Auth's error codes, https://supabase.com/docs/guides/auth/debugging/error-codes. */
  readonly errorCode: string;
  /** With status 429. */
  readonly retryAfterMs: number | null;
  constructor(status: AuthFailure["status"], errorCode: string, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A wrong password and an unknown account are the same. */
export const invalidCredentials = () => new AuthFailure(400, "invalid_credentials", "Invalid login credentials");
export const overRequestRate = (retryAfterMs: number) =>
  new AuthFailure(
    429,
    "over_request_rate_limit",
    `Too many attempts. Try again in ${Math.ceil(retryAfterMs / 1000)} seconds.`,
    retryAfterMs,
  );
export const sessionNotFound = () =>
  new AuthFailure(403, "session_not_found", "Session from session_id claim in JWT does not exist");
