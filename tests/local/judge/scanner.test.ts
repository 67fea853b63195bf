import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordFault } from '../../../local/judge/fault.ts';
import { type ObservationRecord, RecordReader } from '../../../local/judge/record.ts';
import { RecordScanner } from '../../../local/judge/scanner.ts';
import { record } from './records.ts';

const le = [50, 100, 200, 500, null];
const usual = record(1, {
  part: 0,
  step: 1,
  baseline: { requests: 950, errors: 4, latencyMs: { le, n: [400, 300, 200, 40, 10] } },
  candidate: { requests: 50, errors: 1, latencyMs: { le, n: [20, 15, 12, 2, 1] } },
  pairs: [{ metric: 'quality', baseline: 0.81, candidate: 0.8, input: 'digest' }],
});

/** A scanner that knows the usual edges. */
function knowing(): RecordScanner {
  const scanner = new RecordScanner();
  scanner.learn(new RecordReader().read(JSON.stringify(usual)));
  return scanner;
}
const scan = (line: string): ObservationRecord | undefined => knowing().scan(Buffer.from(`${line}\n`), 0);

function read(line: string): ObservationRecord | 'refused' {
  try {
    return new RecordReader().read(line);
  } catch (thrown) {
    if (thrown instanceof RecordFault) return 'refused';
    throw thrown;
  }
}

/** As programs write JSON: Python puts a blank after each comma and colon. */
const spaced = (value: unknown): string =>
  JSON.stringify(value).replaceAll(',"', ', "').replaceAll('":', '": ');

describe('the quick reader', () => {
  it('reads records of the usual form itself, also with blanks, other orders of keys and line ends of Windows', () => {
    const reversed = Object.fromEntries(Object.entries(usual).reverse());
    for (const line of [
      JSON.stringify(usual),
      spaced(usual),
      JSON.stringify(reversed),
      `${JSON.stringify(usual)}\r`,
    ])
      expect(scan(line)).toEqual(read(line));
    const scanner = knowing();
    const two = Buffer.from(`${JSON.stringify(usual)}\n${spaced(record(2))}\n`);
    expect(scanner.scan(two, 0)).toBeDefined();
    expect(scanner.scan(two, scanner.end)).toEqual(read(JSON.stringify(record(2))));
    expect(scanner.end).toBe(two.length);
  });

  const parts = fc.constantFrom<unknown>(
    ...[
      null,
      true,
      '',
      'text',
      'größe',
      'a"b',
      '\\',
      0,
      1,
      7,
      -1,
      0.5,
      1.5,
      5,
      1e-7,
      1e12,
      1e13,
      0.1234567890123456,
    ],
    ...[[], {}, [1], le, '2026-01-01T00:01:00Z', '2026-01-01T00:01:00+01:00', usual.baseline, usual.pairs],
    ...[
      { requests: 5, errors: 6 },
      { requests: 5, errors: 0, clientErrors: 5, throttled: 9 },
    ],
    { requests: 50, errors: 0, latencyMs: { le, n: [1, 2, 3, 4, 41] } },
    { requests: 50, errors: 0, latencyMs: { le, n: [1, 2, 3, 4] } },
    { requests: 50, errors: 0, latencyMs: { le: [1, null], n: [1, 2] } },
    { requests: 50, errors: 0, scores: { q: { n: 1, sum: 1, sumOfSquares: 1 } } },
    [
      { metric: 'q', baseline: 0, candidate: 1, input: 'x' },
      { metric: 'q', baseline: 0, candidate: 1.1, input: 'x' },
    ],
  );
  const keys = [
    'series',
    't',
    'part',
    'windowS',
    'share',
    'step',
    'baseline',
    'candidate',
    'pairs',
    'missing',
    'readings',
    'odd',
  ];

  it('reads what the thorough reader reads, or leaves it to that one', () => {
    const changes = fc.dictionary(fc.constantFrom(...keys), parts, { maxKeys: 2 });
    let quick = 0;
    fc.assert(
      fc.property(changes, fc.constantFrom(JSON.stringify, spaced), (change, write) => {
        const line = write({ ...usual, ...change });
        const scanned = scan(line);
        if (scanned !== undefined) quick += 1;
        if (scanned !== undefined) expect(scanned).toEqual(read(line));
      }),
      { numRuns: 2_000 },
    );
    expect(quick).toBeGreaterThan(100);
  });

  it('never reads what is no JSON', () => {
    const line = JSON.stringify(usual);
    const edits = fc.tuple(
      fc.nat({ max: line.length }),
      fc.nat({ max: 3 }),
      fc.constantFrom('', '0', '"', ',', '}', ']', '-', 'e', '.', ' ', '\\', 'null'),
    );
    fc.assert(
      fc.property(edits, ([at, removed, inserted]) => {
        const edited = line.slice(0, at) + inserted + line.slice(at + removed);
        const scanned = scan(edited);
        if (scanned !== undefined) expect(scanned).toEqual(read(edited));
      }),
      { numRuns: 3_000 },
    );
  });

  it('leaves lists of counts that are longer, shorter or never closed', () => {
    const line = JSON.stringify(usual);
    expect(scan(line)).toEqual(read(line));
    for (const other of ['40,10,1]', '40,1,]', '40,1,', '40]', '40,10', '40,10 '])
      expect(scan(line.replace('40,10]', other)), other).toBeUndefined();
  });

  it('reads decimals as JSON.parse does, to the last bit', () => {
    const decimal = fc
      .tuple(fc.nat({ max: 1 }), fc.integer({ min: 1, max: 20 }), fc.nat())
      .map(([whole, places, digits]) => `${whole}.${String(digits).padStart(places, '0').slice(0, places)}`);
    fc.assert(
      fc.property(decimal, (text) => {
        const line = JSON.stringify(usual).replace('"windowS":60', `"windowS":6${text}`);
        expect(scan(line)?.span).toBe(Number(`6${text}`) * 1000);
      }),
    );
  });
});
