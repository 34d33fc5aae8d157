import { describe, expect, test } from "vitest";
import { frameAncestors, isOriginAllowed } from "./origins.ts";

describe("an origin", () => {
  test.each([
    ["https://shop.example", ["https://shop.example"]],
    ["https://SHOP.example", ["https://shop.example:443"]],
    ["http://localhost:8080", ["https://shop.example", "http://localhost:8080"]],
    ["https://www.shop.example", ["https://*.shop.example"]],
    ["https://a.b.shop.example", ["https://*.shop.example"]],
    ["https://www.shop.example:8443", ["https://*.shop.example:8443"]],
    ["https://xn--caf-dma.example", ["https://café.example"]],
    ["http://[::1]:3000", ["http://[::1]:3000"]],
    ["https://anything.example", []],
    ["null", []],
    [undefined, []],
  ])("%s is on %j", (origin, list) => {
    expect(isOriginAllowed(origin, list)).toBe(true);
  });

  test.each([
    [undefined, ["https://shop.example"]],
    [null, ["https://shop.example"]],
    ["", ["https://shop.example"]],
    ["null", ["https://shop.example", "null"]],
    ["http://shop.example", ["https://shop.example"]],
    ["https://shop.example:8443", ["https://shop.example"]],
    ["https://shop.example", ["https://*.shop.example"]],
    ["https://evilshop.example", ["https://*.shop.example"]],
    ["https://.shop.example", ["https://*.shop.example"]],
    ["https://www.shop.example.evil.example", ["https://*.shop.example", "https://www.shop.example"]],
    ["http://www.shop.example", ["https://*.shop.example"]],
    ["https://www.shop.example:8443", ["https://*.shop.example"]],
    ["https://*.shop.example", ["https://*.shop.example"]],
    ["https://www.shop.example/path", ["https://*.shop.example"]],
    ["https://evil.example#.shop.example", ["https://*.shop.example"]],
    ["https://evil.example\\.shop.example", ["https://*.shop.example"]],
    ["https://user@shop.example", ["https://shop.example"]],
    ["file://", ["https://shop.example"]],
    ["https://shop.example", ["*", "shop.example", "https://", "https://*"]],
  ])("%s is not on %j", (origin, list) => {
    expect(isOriginAllowed(origin, list)).toBe(false);
  });
});

test("frames: everywhere without a list, else the own pages and those of the list", () => {
  expect(frameAncestors([])).toBe("*");
  expect(frameAncestors(["https://Shop.example", "https://*.shop.example", "http://localhost:8080"])).toBe(
    "'self' https://shop.example https://*.shop.example http://localhost:8080",
  );
  expect(frameAncestors(["https://café.example:443"])).toBe("'self' https://xn--caf-dma.example");
});

test("frames: nothing that is no origin gets into the policy, and a list of it is not an empty list", () => {
  const wrong = ["*", "https://*", "null", "https://a.example; script-src *", "https://a.example,*", "https://a.example/x", ""];
  expect(frameAncestors(wrong)).toBe("'self'");
});
