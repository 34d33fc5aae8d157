import { expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

const read = (environment: Record<string, string>) => readConfig({ JWT_SECRET: "s".repeat(32), ...environment });
const COLLECTOR = "http://127.0.0.1:4318";

test.each([
  [{}, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR }, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${COLLECTOR}/v1/traces` }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, OTEL_SDK_DISABLED: "false" }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, OTEL_SDK_DISABLED: "True" }, false],
])("with %j there are traces: %s", (environment, isTraced) => {
  expect(read(environment).isTraced).toBe(isTraced);
});

test("a collector without http:// is a problem, told without what may be a key in it", () => {
  const key = "a-key-in-the-address";
  const problemOf = (): unknown => {
    try {
      return read({ OTEL_EXPORTER_OTLP_ENDPOINT: `grpc://${key}@127.0.0.1:4317` });
    } catch (err) {
      return err;
    }
  };
  const err = problemOf() as ConfigError;
  expect(err).toBeInstanceOf(ConfigError);
  expect(err.problems).toEqual(["OTEL_EXPORTER_OTLP_ENDPOINT must be a URL that starts with http:// or https://."]);
});
