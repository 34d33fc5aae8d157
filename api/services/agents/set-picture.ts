import { createHash } from "node:crypto";
import type { z } from "zod";
import type { agentPictureBody } from "../../../protocol/requests.ts";
import type { Agent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { Deps } from "../../deps.ts";
import { validationError } from "../../errors.ts";
import { PICTURE_TYPES, type Picture } from "../../files/pictures.ts";
import type { ServiceContext } from "../context.ts";
import { getAgent } from "./get-agent.ts";
import { updateAgent } from "./update-agent.ts";

/**
 * Keeps the picture and makes it the agent's. What it is, its first bytes say and not its sender.
 * Throws AGENT_NOT_FOUND, VALIDATION_ERROR, INTERNAL_ERROR in words when it cannot be kept.
 */
export async function setPicture(
  ctx: ServiceContext<UserActor> & Pick<Deps, "pictures">,
  input: z.output<typeof agentPictureBody> & { id: string },
): Promise<Agent> {
  const bytes = new Uint8Array(Buffer.from(input.data, "base64"));
  const ending = endingOf(bytes);
  if (!ending) throw validationError([{ path: ["data"], message: "Send a PNG, JPEG or WebP picture." }]);
  // Nothing is kept for an agent that the caller may not see.
  await getAgent(ctx, input);
  const name = `${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}.${ending}`;
  const picture: Picture = { name, type: PICTURE_TYPES[ending]!, bytes };
  const avatar_url = await ctx.pictures.save(picture);
  return await updateAgent(ctx, { id: input.id, config: { appearance: { avatar_url } } });
}

/** By the signatures of PNG (ISO/IEC 15948), JPEG (ITU-T T.81) and WebP (RFC 9649). */
function endingOf(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (text.startsWith("\xff\xd8\xff")) return "jpg";
  return text.startsWith("RIFF") && text.slice(8) === "WEBP" ? "webp" : null;
}
