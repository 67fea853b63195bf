import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { askedFor } from './differences.ts';

const page = readFileSync(new URL('../../../docs/aws.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');

describe('the page about AWS', () => {
  it.each(askedFor)('lists the difference: %s', (says) => {
    expect(page).toContain(says);
  });
});
