import { expect, it } from "vitest";
import { z } from "zod";
import * as codes from "./codes.ts";
import { clientFrameSchema, PLAIN_FRAME_TYPES, serverFrameSchema } from "./frames.ts";
import * as resources from "./resources.ts";

/** What strangers rely on, as JSON Schema. A change that is meant is written with `vitest run protocol -u`, and read in the diff. */
it("the wire is what protocol.golden.json says", async () => {
  const schemas = Object.entries(resources).flatMap(([name, value]) =>
    value instanceof z.ZodType ? [[name.replace(/Schema$/, ""), z.toJSONSchema(value)] as const] : [],
  );
  const wire = {
    protocol: { name: codes.PROTOCOL_NAME, version: codes.PROTOCOL_VERSION, bearer: codes.BEARER_PREFIX },
    errors: codes.ERROR_STATUS,
    close: codes.CLOSE,
    limits: codes.LIMITS,
    plain_frames: [...PLAIN_FRAME_TYPES],
    client_frame: z.toJSONSchema(clientFrameSchema, { io: "input" }),
    server_frame: z.toJSONSchema(serverFrameSchema),
    resources: Object.fromEntries(schemas),
  };
  await expect(`${JSON.stringify(wire, null, 1)}\n`).toMatchFileSnapshot("./protocol.golden.json");
});
