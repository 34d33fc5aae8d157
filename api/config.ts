import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { NO_KEY } from "./llm/model.ts";

/** The environment, read here and nowhere else. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Origin without a trailing slash, used in public URLs, QR codes and snippets. */
  readonly publicUrl: string;
  readonly dataDir: string;
  /** null: embedded PGlite. */
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  readonly jwtSecret: string;
  readonly adminEmail: string;
  /** null: generate one for an empty database and print it once. */
  readonly adminPassword: string | null;
  /** null: the built-in scripted model. */
  readonly openai: { apiKey: string; baseUrl: string } | null;
  readonly defaultModel: string;
  readonly supabase: { url: string; anonKey: string; serviceRoleKey: string; jwtSecret: string | null } | null;
  /** Reverse proxies in front: that many last entries of X-Forwarded-For are believed. 0: the socket's address counts. */
  readonly trustProxy: number;
  readonly registrySyncSeconds: number;
  /** A collector is told of spans. Where it is, and what else `OTEL_…` says, is read by OpenTelemetry's own library. */
  readonly isTraced: boolean;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
}

/** Every problem of the environment at once, in words. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The environment has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n${problems.map((p) => `  - ${p}`).join("\n")}`,
    );
    this.problems = problems;
  }
}

// An empty variable means the same as an unset one: compose files and CI forms leave them empty.
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
const httpUrl = z.url({ protocol: /^https?$/, error: "must be a URL that starts with http:// or https://" });

const environmentSchema = z.object({
  HOST: optional(z.string()),
  PORT: optional(
    z
      .string()
      .regex(/^\d+$/, "must be a number from 0 to 65535")
      .transform(Number)
      .pipe(z.number().max(65_535, "must be a number from 0 to 65535")),
  ),
  PUBLIC_URL: optional(httpUrl),
  DATA_DIR: optional(z.string()),
  DATABASE_URL: optional(z.url({ protocol: /^postgres(ql)?$/, error: "must be a URL that starts with postgres://" })),
  REDIS_URL: optional(z.url({ protocol: /^rediss?$/, error: "must be a URL that starts with redis://" })),
  JWT_SECRET: optional(z.string().refine((value) => Buffer.byteLength(value) >= 32, "must be at least 32 bytes long")),
  ADMIN_EMAIL: optional(z.string().regex(/^[^\s@]+@[^\s@]+$/, "must be an e-mail address")),
  ADMIN_PASSWORD: optional(z.string().min(8, "must have at least 8 characters")),
  OPENAI_API_KEY: optional(z.string()),
  OPENAI_BASE_URL: optional(httpUrl),
  OPENAI_MODEL: optional(z.string()),
  SUPABASE_URL: optional(httpUrl),
  SUPABASE_ANON_KEY: optional(z.string()),
  SUPABASE_SERVICE_ROLE_KEY: optional(z.string()),
  SUPABASE_JWT_SECRET: optional(z.string()),
  TRUST_PROXY: optional(z.string().regex(/^\d$/, "must be the number of reverse proxies in front, 0 to 9").transform(Number)),
  REGISTRY_SYNC_SECONDS: optional(
    z.string().transform(Number).pipe(z.number("must be a number of seconds").min(1, "must be at least 1").max(86_400)),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(httpUrl),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(httpUrl),
  OTEL_SDK_DISABLED: optional(z.string()),
  LOG_LEVEL: optional(
    z.enum(
      ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
      "must be one of trace, debug, info, warn, error, fatal, silent",
    ),
  ),
});

/** Throws ConfigError. Creates `DATA_DIR` and, without `JWT_SECRET`, a secret in it that only its owner may read. */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const parsed = environmentSchema.safeParse(environment);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}.`);
  // Checked even when single values are wrong, so that one start tells everything.
  const raw = (name: string) => environment[name] || undefined;
  if (raw("DATABASE_URL") && !raw("JWT_SECRET")) {
    problems.push(
      "JWT_SECRET is required together with DATABASE_URL, so that every process signs alike. Generate one with: openssl rand -base64 48",
    );
  }
  if (raw("SUPABASE_URL") && !(raw("SUPABASE_ANON_KEY") && raw("SUPABASE_SERVICE_ROLE_KEY") && raw("DATABASE_URL"))) {
    problems.push("SUPABASE_URL needs SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY and DATABASE_URL as well.");
  }
  if (raw("SUPABASE_JWT_SECRET") && raw("SUPABASE_JWT_SECRET") === raw("JWT_SECRET")) {
    problems.push(
      "JWT_SECRET must not be the project's SUPABASE_JWT_SECRET: it signs visitors' tokens, which the project would take for its own.",
    );
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);

  const env = parsed.data;
  const host = env.HOST ?? "127.0.0.1";
  const port = env.PORT ?? 3000;
  const dataDir = resolve(env.DATA_DIR ?? "data");
  return Object.freeze<Config>({
    host,
    port,
    publicUrl: (env.PUBLIC_URL ?? `http://${urlHost(host)}:${port}`).replace(/\/+$/, ""),
    dataDir,
    databaseUrl: env.DATABASE_URL ?? null,
    redisUrl: env.REDIS_URL ?? null,
    jwtSecret: env.JWT_SECRET ?? keptSecret(dataDir),
    adminEmail: env.ADMIN_EMAIL ?? "admin@localhost",
    adminPassword: env.ADMIN_PASSWORD ?? null,
    openai:
      env.OPENAI_API_KEY || env.OPENAI_BASE_URL
        ? { apiKey: env.OPENAI_API_KEY ?? NO_KEY, baseUrl: env.OPENAI_BASE_URL ?? "https://api.openai.com/v1" }
        : null,
    defaultModel: env.OPENAI_MODEL ?? "gpt-4o-mini",
    supabase: env.SUPABASE_URL
      ? {
          url: env.SUPABASE_URL.replace(/\/+$/, ""),
          anonKey: env.SUPABASE_ANON_KEY ?? "",
          serviceRoleKey: env.SUPABASE_SERVICE_ROLE_KEY ?? "",
          jwtSecret: env.SUPABASE_JWT_SECRET ?? null,
        }
      : null,
    trustProxy: env.TRUST_PROXY ?? 0,
    registrySyncSeconds: env.REGISTRY_SYNC_SECONDS ?? 60,
    isTraced:
      (env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) !== undefined &&
      env.OTEL_SDK_DISABLED?.toLowerCase() !== "true",
    logLevel: env.LOG_LEVEL ?? "info",
  });
}

function keptSecret(dataDir: string): string {
  const path = join(dataDir, "jwt-secret");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) writeFileSync(path, randomBytes(48).toString("base64url"), { mode: 0o600, flag: "wx" });
  return readFileSync(path, "utf8").trim();
}

/** A phone that scans the code cannot reach 0.0.0.0 or ::, so those become the machine's first LAN address. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") {
    const lan = Object.values(networkInterfaces())
      .flat()
      .find((address) => address && address.family === "IPv4" && !address.internal);
    return lan?.address ?? "127.0.0.1";
  }
  return host.includes(":") ? `[${host}]` : host;
}
