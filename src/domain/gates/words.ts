import type { GateFinding, Measured } from '../gate.ts';
import { isNonEmpty } from '../units.ts';
import { type Verdict, worst } from '../verdict.ts';
import { compare } from './process.ts';

/** What a gate saw and what follows, in one line for people. */
export function saysOf(finding: GateFinding): string {
  const { gate, observed, verdict } = finding;
  const seen = `${gate}: ${sideInWords(finding, observed.candidate)}, baseline ${sideInWords(finding, observed.baseline)}`;
  switch (verdict) {
    case 'fail':
      return `${seen}; harm is proven (${compare(finding.against)})`;
    case 'pass':
      return `${seen}; harmlessness is proven (${compare(finding.for)})`;
    case 'undecided':
      return `${seen}; ${finding.missing?.what ?? 'undecided'} (${compare(finding.for)})`;
  }
}

const eventInWords: Readonly<Partial<Record<GateFinding['kind'], string>>> = {
  errors: 'failed',
  'client-errors': 'refused as wrong',
  throttled: 'throttled',
  'latency-drift': 'slower than usual',
};

function sideInWords({ kind, observed }: GateFinding, side: Measured): string {
  const event = kind === 'latency-slo' ? `above ${String(observed['limitMs'])} ms` : eventInWords[kind];
  if (event !== undefined) return `${side['events'] ?? 0} of ${side['requests'] ?? 0} ${event}`;
  const known = Object.entries(side).filter(([name, value]) => value !== null && name !== 'events');
  return known.map(([name, value]) => `${name} ${numberInWords(value)}`).join(', ') || 'nothing yet';
}

const numberInWords = (value: number | null): string =>
  value === null || Number.isInteger(value) ? String(value) : value.toPrecision(4);

/**
 * The one verdict that a step follows: one failure fails all, whichever gates the step asks for; else one gap among
 * those it asks for leaves it undecided.
 * @throws RangeError when it asks for none: nothing could be proven.
 */
export function verdictOver(findings: readonly GateFinding[], required: ReadonlySet<string>): Verdict {
  const heeded = findings
    .filter(({ gate, verdict }) => verdict === 'fail' || required.has(gate))
    .map(verdictOf);
  if (isNonEmpty(heeded)) return worst(heeded);
  throw new RangeError('No gate judges this step, which its plan should have refused.');
}

function verdictOf(finding: GateFinding): Verdict {
  const { gate, verdict } = finding;
  const says = saysOf(finding);
  switch (verdict) {
    case 'fail':
      return { kind: verdict, breached: [{ gate, says }] };
    case 'undecided':
      return { kind: verdict, missing: [{ gate, what: says }] };
    case 'pass':
      return { kind: verdict, proven: [says] };
  }
}
