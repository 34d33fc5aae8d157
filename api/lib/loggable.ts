/**
 * What of an unexpected error may stand in a log. Messages of the database and of parsers quote values, which may be what
 * a visitor wrote; of those only name, code and place are kept.
 */
export function loggable(err: unknown): { name: string; code?: string; message?: string; stack?: string } {
  if (!(err instanceof Error)) return { name: typeof err };
  const { code } = err as { code?: unknown };
  const quotesValues = err instanceof SyntaxError || (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code));
  const places = (err.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    name: err.name,
    ...(typeof code === "string" ? { code } : {}),
    ...(quotesValues ? {} : { message: err.message }),
    ...(places.length > 0 ? { stack: places.join("\n") } : {}),
  };
}
