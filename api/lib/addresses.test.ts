import { expect, test } from "vitest";
import { countedAddress, normalizeAddress } from "./addresses.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.1:8080", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["unknown", "unknown"],
])("%s counts as %s", (address, counted) => {
  expect(normalizeAddress(address)).toBe(counted);
});

test("a header counts only as far as trusted proxies wrote it", () => {
  const forged = "198.51.100.1, 192.0.2.7, 192.0.2.8";
  expect(countedAddress("203.0.113.1", forged, 0)).toBe("203.0.113.1");
  expect(countedAddress("203.0.113.1", forged, 1)).toBe("192.0.2.8");
  expect(countedAddress("203.0.113.1", forged, 2)).toBe("192.0.2.7");
  expect(countedAddress("203.0.113.1", undefined, 1)).toBe("203.0.113.1");
  expect(countedAddress("203.0.113.1", "192.0.2.8", 2)).toBe("203.0.113.1");
  expect(countedAddress(undefined, undefined, 0)).toBe("unknown");
});
