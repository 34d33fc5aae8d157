/** Why the database cannot be used, in words for whoever starts the server. Holds no credentials. */
export class DatabaseStartError extends Error {
  override name = "DatabaseStartError";
}

/** Errors of `pg` and of PostgreSQL itself → what happened, the likely cause, what to do. */
export function explainPostgresError(err: unknown, databaseUrl: string): DatabaseStartError {
  const { code, message } = err as { code?: string; message?: string };
  const url = new URL(databaseUrl);
  const where = `${url.hostname || "localhost"}:${url.port || 5432}`;
  const name = decodeURIComponent(url.pathname.slice(1));
  const user = decodeURIComponent(url.username);
  return new DatabaseStartError(words(code, message ?? String(err), where, name, user), { cause: err });
}

function words(code: string | undefined, message: string, where: string, name: string, user: string): string {
  switch (code) {
    case "ECONNREFUSED":
    case "ECONNRESET":
    case "EHOSTUNREACH":
    case "ETIMEDOUT":
      return `No PostgreSQL answers at ${where}. Is it running, and are host and port in DATABASE_URL right? (${message})`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host of DATABASE_URL, ${where}, is not known. Is it spelled right, and is the network up?`;
    case "28P01":
      return `PostgreSQL at ${where} refused the password of user "${user}". Check user and password in DATABASE_URL; special characters have to be percent-encoded.`;
    case "28000":
      return `PostgreSQL at ${where} does not let user "${user}" in (${message}). Check DATABASE_URL and the server's pg_hba.conf.`;
    case "3D000":
      return `There is no database "${name}" at ${where}. Create it (createdb ${name}) or correct DATABASE_URL.`;
    case "42501":
      return `User "${user}" may not prepare the database "${name}": ${message}. It has to own the database and may create roles: ALTER ROLE "${user}" CREATEROLE; ALTER DATABASE "${name}" OWNER TO "${user}";`;
    case "53300":
      return `PostgreSQL at ${where} has no connections left (${message}). Raise max_connections or stop something else.`;
    case undefined:
      return /timeout|terminated/i.test(message)
        ? `PostgreSQL at ${where} did not answer in time. Is it reachable from here? (${message})`
        : message;
    default:
      return `PostgreSQL at ${where} refused to prepare the database "${name}": ${message} (${code})`;
  }
}
