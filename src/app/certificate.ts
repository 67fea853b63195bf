import type * as z from 'zod';
import { type CertificateDocument, certificateDocument } from '../contracts/certificate.ts';
import type { EvidenceRef, WindowCounts } from '../domain/evidence.ts';
import type { Account, GateFinding } from '../domain/gate.ts';
import type { Release } from '../domain/release.ts';
import type { Instant } from '../domain/units.ts';
import { digestOf } from './digest.ts';
import { type Grounds, groundsOf, type Judgement, judgementOn, type Snapshot } from './judge.ts';
import type { PlanDocument } from './plan-document.ts';
import type { Ports } from './ports/ports.ts';
import { brief } from './trail.ts';

/** The file of a decision, from which anyone can recompute it: docs/certificate.md says what every field means. */

/** Writes the certificate of a decision. */
export async function certify(
  ports: Pick<Ports, 'evidence'>,
  release: Release,
  plan: EvidenceRef,
  document: PlanDocument,
  snapshot: { readonly reference: EvidenceRef; readonly content: Snapshot },
  judgement: Judgement,
): Promise<EvidenceRef> {
  const { specs, required, step, decidedAt, rule, observation } = groundsOf(document, snapshot.content);
  const { decision, findings } = judgement;
  const certificate = {
    schema: 'headgate.certificate/v1',
    release,
    plan: { ref: plan.ref, digest: plan.digest },
    snapshot: { ref: snapshot.reference.ref, digest: snapshot.reference.digest },
    artefactDigest: document.artefactDigest,
    policyDigest: digestOf(document.policy),
    step,
    decidedAt,
    rule,
    decision,
    required,
    specs,
    gates: findings,
    observation,
    observationDigest: digestOf(observation),
  };
  const path = `releases/${release.releaseId}/certificates/step-${step + 1}-${decision.kind}.json`;
  return ports.evidence.put(path, `${JSON.stringify(certificate, null, 2)}\n`, brief(decision.says));
}

/** Where a certificate says something else than follows from its own evidence. */
export interface Difference {
  /** As in `gates.0.against.logE`. */
  readonly path: string;
  readonly says: string;
}

export type Checked =
  | { readonly kind: 'none'; readonly faults: readonly Difference[] }
  | {
      readonly kind: 'checked';
      readonly certificate: CertificateDocument;
      /** Empty when the certificate holds. */
      readonly differences: readonly Difference[];
    };

/**
 * Recomputes a certificate from its specs and its observation. Who wrote it, and that it is the one that was written,
 * is another question: its file's SHA-256 in the audit trail answers that.
 */
export function checkCertificate(json: unknown): Checked {
  const parsed = certificateDocument.safeParse(json);
  if (!parsed.success) return { kind: 'none', faults: parsed.error.issues.map(faultOf) };
  const certificate = parsed.data;
  return {
    kind: 'checked',
    certificate,
    differences: [...unsoundIn(certificate), ...changedIn(json, certificate), ...misjudgedIn(certificate)],
  };
}

const faultOf = ({ path, message }: z.core.$ZodIssue): Difference => ({
  path: path.map(String).join('.') || 'the file',
  says: message,
});

/** The digest is made of the text as it stands, not of what the schema made of it. */
function changedIn(json: unknown, { observationDigest }: CertificateDocument): Difference[] {
  const observation =
    json !== null && typeof json === 'object' && 'observation' in json ? json.observation : {};
  const digest = digestOf(observation);
  if (digest === observationDigest) return [];
  const says = `is ${observationDigest}, and the observation has ${digest}: it was changed`;
  return [{ path: 'observationDigest', says }];
}

/** What no judge would have been given. */
function unsoundIn({ observation, required, specs, decidedAt }: CertificateDocument): Difference[] {
  const { windows, watermark } = observation;
  const names = new Set(specs.map(({ name }) => name));
  return [
    ...(watermark > decidedAt ? [{ path: 'decidedAt', says: 'is before the watermark' }] : []),
    ...windows.flatMap((window, index) => misplaced(window, windows[index - 1], watermark, index)),
    ...required.flatMap((name, index) =>
      names.has(name) ? [] : [{ path: `required.${index}`, says: `no gate is called ${name}` }],
    ),
  ];
}

function misplaced(
  window: WindowCounts,
  before: WindowCounts | undefined,
  watermark: Instant,
  index: number,
): Difference[] {
  const path = `observation.windows.${index}.at`;
  if (before && window.at < before.at + before.span)
    return [{ path, says: 'is before the end of the window before' }];
  return window.at + window.span > watermark ? [{ path, says: 'was not closed at the watermark' }] : [];
}

function misjudgedIn(certificate: CertificateDocument): Difference[] {
  const { required, specs } = certificate;
  if (!required.every((name) => specs.some((spec) => spec.name === name))) return [];
  const recomputed = judgedAnew(certificate);
  if (typeof recomputed === 'string') return [{ path: 'observation.windows', says: recomputed }];
  const { findings, decision } = recomputed;
  const { gates } = certificate;
  const findingsDiffer =
    gates.length === findings.length
      ? findings.flatMap((finding, index) => unlike(`gates.${index}`, gates[index], finding))
      : [{ path: 'gates', says: `are ${gates.length} for ${findings.length} specs` }];
  return [...findingsDiffer, ...same('decision.kind', certificate.decision.kind, decision.kind)];
}

/** In words why the windows cannot be judged: counts that are none, although each of them has the form of one. */
function judgedAnew(grounds: Grounds): ReturnType<typeof judgementOn> | string {
  try {
    return judgementOn(grounds);
  } catch (error) {
    if (error instanceof RangeError) return `cannot be judged: ${error.message}`;
    throw error;
  }
}

function unlike(
  path: string,
  said: CertificateDocument['gates'][number] | undefined,
  found: GateFinding,
): Difference[] {
  if (said === undefined) return [{ path, says: 'is missing' }];
  const undecided = found.verdict === 'undecided' ? 'something' : 'nothing';
  return [
    ...same(`${path}.gate`, said.gate, found.gate),
    ...same(`${path}.kind`, said.kind, found.kind),
    ...same(`${path}.verdict`, said.verdict, found.verdict),
    ...accounts(`${path}.against`, said.against, found.against),
    ...accounts(`${path}.for`, said.for, found.for),
    ...observed(`${path}.observed`, said.observed, found.observed),
    ...intervals(`${path}.interval`, said.interval, found.interval),
    ...same(`${path}.missing`, said.missing === null ? 'nothing' : 'something', undecided),
  ];
}

const accounts = (path: string, said: Account, found: Account): Difference[] => [
  ...near(`${path}.logE`, said.logE, found.logE),
  ...near(`${path}.bound`, said.bound, found.bound),
];

/** Of sums that were formed in the same way, on whichever machine. */
const precision = 1e-9;

const near = (path: string, said: number, found: number, room = precision * Math.abs(found)): Difference[] =>
  Math.abs(said - found) <= precision + room ? [] : same(path, said, found);

type Tree = number | null | { readonly [key: string]: Tree };

/** Counts must be the same; only what is no whole number has digits that may differ. */
function observed(path: string, said: Tree | undefined, found: Tree | undefined): Difference[] {
  if (isNode(said) && isNode(found)) {
    const keys = [...new Set([...Object.keys(found), ...Object.keys(said)])];
    return keys.flatMap((key) => observed(`${path}.${key}`, said[key], found[key]));
  }
  // A limit without an end is null in JSON.
  const expected = typeof found === 'number' && !Number.isFinite(found) ? null : found;
  return typeof said === 'number' && typeof expected === 'number' && !Number.isInteger(expected)
    ? near(path, said, expected)
    : same(path, shown(said), shown(expected));
}

const isNode = (tree: Tree | undefined): tree is { readonly [key: string]: Tree } =>
  typeof tree === 'object' && tree !== null;
const shown = (tree: Tree | undefined): string => JSON.stringify(tree) ?? 'absent';

/** Intervals are for people, and found by search: each end is right to a thousandth of the width. */
function intervals(
  path: string,
  said: GateFinding['interval'],
  found: GateFinding['interval'],
): Difference[] {
  if (said === null || found === null)
    return same(path, said === null ? 'null' : 'given', found === null ? 'null' : 'given');
  const room = (found.high - found.low) / 1000;
  return [
    ...near(`${path}.low`, said.low, found.low, room),
    ...near(`${path}.high`, said.high, found.high, room),
  ];
}

const same = (path: string, said: string | number, found: string | number): Difference[] =>
  said === found ? [] : [{ path, says: `is ${said}, and recomputed ${found}` }];
