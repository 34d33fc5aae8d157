import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from "jose";

export const PROJECT_LEGACY_SECRET = "the legacy secret of the project, long enough";

interface Person {
  id: string;
  email: string;
  password: string;
}

/** A Supabase project as far as the panel and the server use one: JWKS, people of its admin API, sign-in by password. */
export interface SupabaseProject {
  readonly url: string;
  readonly config: { url: string; anonKey: string; serviceRoleKey: string; jwtSecret: string };
  readonly keys: CryptoKeyPair;
  /** What its JWKS shows; changes when keys are rotated. */
  publicKeys: JWK[];
  /** What was asked, e.g. "POST /auth/v1/token?grant_type=password". */
  readonly requests: { what: string; authorization: string | undefined; body: string }[];
  /** Seconds that access tokens live which are issued from now on. */
  tokenSeconds: number;
  addPerson(email: string, password: string): Promise<string>;
  signed(payload: JWTPayload, change?: (jwt: SignJWT) => SignJWT, alg?: string, kid?: string): SignJWT;
  stop(): Promise<void>;
}

/** `createUser` puts somebody into `auth.users`, as the project's own database would, and returns the id. */
export async function startSupabaseProject(createUser: (email: string) => Promise<string>): Promise<SupabaseProject> {
  const keys = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "ES256", use: "sig" };
  const people: Person[] = [];
  /** Refresh token → whose. */
  const refreshTokens = new Map<string, Person>();

  async function session(person: Person): Promise<unknown> {
    const claims = { sub: person.id, email: person.email, role: "authenticated", session_id: crypto.randomUUID() };
    const refresh_token = crypto.randomUUID();
    refreshTokens.set(refresh_token, person);
    const expires_at = Math.floor(Date.now() / 1000) + project.tokenSeconds;
    return {
      access_token: await project.signed(claims, (jwt) => jwt.setExpirationTime(expires_at)).sign(keys.privateKey),
      token_type: "bearer",
      expires_in: project.tokenSeconds,
      expires_at,
      refresh_token,
      user: shown(person),
    };
  }
  const shown = ({ id, email }: Person) => ({ id, email, aud: "authenticated", role: "authenticated", created_at: "2026-01-01" });
  const bearer = (req: IncomingMessage): Person | undefined => {
    const payload = req.headers.authorization?.split(".")[1] ?? "";
    const { sub } = JSON.parse(Buffer.from(payload, "base64url").toString() || "{}") as { sub?: string };
    return people.find((person) => person.id === sub);
  };

  /** null: there is no such address. */
  async function answer(req: IncomingMessage, body: string): Promise<[status: number, body: unknown] | null> {
    const given = body ? (JSON.parse(body) as Record<string, string>) : {};
    switch (`${req.method} ${req.url!.split("?")[0]}`) {
      case "GET /auth/v1/.well-known/jwks.json":
        return [200, { keys: project.publicKeys }];
      case "POST /auth/v1/admin/users": {
        const id = await project.addPerson(given["email"]!, given["password"]!);
        return [200, { id, email: given["email"] }];
      }
      case "POST /auth/v1/token": {
        const isRefresh = req.url!.includes("grant_type=refresh_token");
        const person = isRefresh
          ? refreshTokens.get(given["refresh_token"]!)
          : people.find(({ email, password }) => email === given["email"] && password === given["password"]);
        if (person) return [200, await session(person)];
        return isRefresh
          ? [400, { code: "refresh_token_not_found", message: "Invalid Refresh Token: Refresh Token Not Found" }]
          : [400, { code: "invalid_credentials", message: "Invalid login credentials" }];
      }
      case "GET /auth/v1/user":
        return [200, shown(bearer(req)!)];
      case "PUT /auth/v1/user": {
        const person = bearer(req)!;
        person.password = given["password"]!;
        return [200, shown(person)];
      }
      case "POST /auth/v1/recover":
        return [200, {}];
      case "POST /auth/v1/logout": {
        const person = bearer(req);
        for (const [token, whose] of refreshTokens) if (whose === person) refreshTokens.delete(token);
        return [204, null];
      }
      default:
        return null;
    }
  }

  const server = createServer((req, res) => {
    res.setHeader("Access-Control-Allow-Origin", "*");
    res.setHeader("Access-Control-Allow-Methods", "GET, POST, PUT");
    res.setHeader("Access-Control-Allow-Headers", req.headers["access-control-request-headers"] ?? "*");
    res.setHeader("Access-Control-Expose-Headers", "X-Supabase-Api-Version");
    res.setHeader("X-Supabase-Api-Version", "2024-01-01");
    res.setHeader("Content-Type", "application/json");
    if (req.method === "OPTIONS") return res.end();
    let body = "";
    req.on("data", (chunk) => (body += chunk));
    req.on("end", async () => {
      project.requests.push({ what: `${req.method} ${req.url}`, authorization: req.headers.authorization, body });
      const [status, answered] = (await answer(req, body)) ?? [404, {}];
      res.statusCode = status;
      res.end(status === 204 ? undefined : JSON.stringify(answered));
    });
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const project: SupabaseProject = {
    url,
    config: { url, anonKey: "public-key", serviceRoleKey: "service-key", jwtSecret: PROJECT_LEGACY_SECRET },
    keys,
    publicKeys: [jwk],
    requests: [],
    tokenSeconds: 3600,
    async addPerson(email, password) {
      const id = await createUser(email);
      people.push({ id, email, password });
      return id;
    },
    signed: (payload, change = (jwt) => jwt, alg = "ES256", kid = "one") =>
      change(
        new SignJWT(payload)
          .setProtectedHeader({ alg, kid })
          .setIssuer(`${url}/auth/v1`)
          .setAudience("authenticated")
          .setIssuedAt()
          .setExpirationTime("1h"),
      ),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return project;
}
