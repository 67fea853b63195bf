import { defineConfig } from 'vitest/config';

/** Suites that need something from outside of Node (an emulator): run by tests/e2e, never by `npm test`. */
export default defineConfig({
  test: {
    include: ['tests/e2e/**/*.suite.ts'],
    testTimeout: 60_000,
  },
});
