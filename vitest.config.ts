import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Random order: a test that needs another test's leftovers is a defect, and shows here.
    sequence: { shuffle: true },
    testTimeout: 30_000,
    // All cores: by default one is left free, which on two cores doubles the time.
    maxWorkers: '100%',
  },
});
