import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{api,protocol,client,widget,admin,scripts,tests}/**/*.test.ts"],
    exclude: ["tests/e2e/**", "**/node_modules/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
