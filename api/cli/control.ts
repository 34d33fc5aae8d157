import { request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { CommandError, UsageError, type Call, type Outcome } from "./command.ts";

/**
 * Only one process may open the embedded database. So the one that has it runs the commands of the others, which ask for
 * it over a Unix socket in the data folder that nobody but the folder's owner may open.
 */

export interface ControlRequest {
  readonly name: string;
  readonly call: Call;
  readonly input: string;
}
export type ControlReply = Outcome | { readonly error: string; readonly isUsage: boolean };

export const socketPath = (dataDir: string) => join(dataDir, "control.sock");

/** Null when no server has the folder open. Throws UsageError and CommandError as the server does. */
export async function askServer(dataDir: string, asked: ControlRequest): Promise<Outcome | null> {
  const res = await connect(dataDir, "POST", JSON.stringify(asked));
  if (!res) return null;
  const reply = JSON.parse((await readAll(res)).toString("utf8")) as ControlReply;
  if (!("error" in reply)) return reply;
  throw reply.isUsage ? new UsageError(reply.error) : new CommandError(reply.error);
}

/** The embedded database of a running server; null when none has the folder open. Throws CommandError. */
export async function downloadDump(dataDir: string): Promise<Uint8Array | null> {
  const res = await connect(dataDir, "GET", "");
  if (!res) return null;
  const dump = await readAll(res);
  if (res.statusCode !== 200) throw new CommandError("The server could not save its database; its log says more.");
  return dump;
}

function connect(dataDir: string, method: string, body: string): Promise<IncomingMessage | null> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath: socketPath(dataDir), method, path: "/" });
    req.once("response", resolve).once("error", (err: NodeJS.ErrnoException) => {
      if (err.code === "ENOENT" || err.code === "ECONNREFUSED" || err.code === "EINVAL") return resolve(null);
      reject(new CommandError(`The server that uses ${dataDir} did not answer (${err.message}).`));
    });
    req.end(body);
  });
}

export async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
