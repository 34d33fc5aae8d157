import { expect, test } from "vitest";
import { readTraceParent } from "./trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

test.each([
  [`00-${TRACE}-${PARENT}-01`, true],
  [`00-${TRACE}-${PARENT}-00`, false],
  [`00-${TRACE}-${PARENT}-03`, true],
  [`01-${TRACE}-${PARENT}-01`, true],
  [`cc-${TRACE}-${PARENT}-fe-more`, false],
])("%s names a trace and its part of it", (header, isSampled) => {
  expect(readTraceParent(header)).toEqual({ traceId: TRACE, parentId: PARENT, isSampled });
});

test.each([
  undefined,
  "",
  TRACE,
  `ff-${TRACE}-${PARENT}-01`,
  `00-${TRACE}-${PARENT}-01-more`,
  `01-${TRACE}-${PARENT}-01more`,
  `00-${TRACE.toUpperCase()}-${PARENT}-01`,
  `00-${"0".repeat(32)}-${PARENT}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.slice(1)}-${PARENT}-01`,
  `00-${TRACE}-${PARENT}`,
  `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`,
  `00-${TRACE}-${PARENT}-01\n`,
])("%j names none", (header) => {
  expect(readTraceParent(header)).toBeNull();
});
