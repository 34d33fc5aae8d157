type JsonObject = Record<string, unknown>;

/** JSON Merge Patch (RFC 7396): objects are merged, null removes a key, anything else replaces. */
export function mergeConfig(target: JsonObject, patch: JsonObject): JsonObject {
  const result: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key === "__proto__") continue;
    if (value === null) delete result[key];
    else if (isObject(value)) {
      const before = Object.hasOwn(result, key) ? result[key] : undefined;
      result[key] = mergeConfig(isObject(before) ? before : {}, value);
    } else result[key] = value;
  }
  return result;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
