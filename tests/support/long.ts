/** `npm run test:long`: every variant and many rounds, where `npm test` takes a sample. */
export const isLong = process.env["TEST_LONG"] === "1";
