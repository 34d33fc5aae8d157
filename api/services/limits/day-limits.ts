import { DAY_LIMITS } from "../../../protocol/codes.ts";
import { dayLimitsBody } from "../../../protocol/requests.ts";
import type { DayLimits } from "../../../protocol/resources.ts";

/** The limits in force for an agent. What an old or hand-written config holds that is no limit counts as the default. */
export function dayLimitsOf(config: Record<string, unknown>): DayLimits {
  const limits: Record<string, number> = { ...DAY_LIMITS };
  const given = Object(config["limits"]) as Record<string, unknown>;
  for (const [name, schema] of Object.entries(dayLimitsBody.shape)) {
    const { success, data } = schema.safeParse(given[name]);
    if (success && typeof data === "number") limits[name] = data;
  }
  return limits as DayLimits;
}
