import type { WindowCounts } from './evidence.ts';
import { type GateFinding, type GateSpec, processOf } from './gate.ts';
import type { GateProcess } from './gates/process.ts';
import { SampleRatioGate } from './gates/sample-ratio.ts';
import type { NonEmpty } from './units.ts';

/**
 * What all gates come to. `promote`: the proof of this step is complete, and a release goes on, or is promoted at the
 * final share. `rollback` is latched. `hold`: neither is shown.
 */
export interface Judgement {
  readonly decision: 'promote' | 'rollback' | 'hold';
  readonly findings: NonEmpty<GateFinding>;
}

/** Of the check of the split that runs where no gate asks for one. A false alarm only leaves a release undecided. */
const splitAlpha = 0.001;

/**
 * All gates of one release, or of one series of observations: windows in order of time, and a judgement after any of
 * them. Against-evidence is one process through all steps and latched; for-evidence begins anew at each step.
 * The split of requests is checked wherever windows tell the configured share: once it is broken, what was counted is
 * not believed and nothing is decided by it any more.
 */
export class Judge {
  readonly #gates: NonEmpty<Gate>;
  readonly #split: SampleRatioGate;
  /** Gates that trust the share and proved harm while the split had passed: it stays. */
  readonly #proven = new Set<string>();

  /** @throws RangeError for two gates of kind `sample-ratio`. */
  constructor(specs: NonEmpty<GateSpec>) {
    const [split, another] = specs.filter((spec) => spec.kind === 'sample-ratio');
    if (another) throw new RangeError(`There is one split: "${another.name}" is a second gate on it.`);
    this.#split = new SampleRatioGate(split ?? impliedSplit);
    const [first, ...rest] = specs;
    const gate = (spec: GateSpec): Gate => ({
      spec,
      at: spec === split ? this.#split : processOf(spec),
    });
    this.#gates = [gate(first), ...rest.map(gate)];
  }

  /** Whether the split of requests was refuted. */
  get splitIsBroken(): boolean {
    return this.#split.broken;
  }

  /** A step begins, even where no window of it is closed yet: nothing is proven in it. */
  enter(step: number): void {
    this.#split.enter(step);
    for (const { at } of this.#gates) at.enter(step);
  }

  add(window: WindowCounts): void {
    this.#split.add(window);
    if (this.#split.broken) return;
    for (const { spec, at } of this.#gates) {
      if (at === this.#split) continue;
      at.add(window);
      if (trustsShare(spec) && this.#splitHasPassed() && at.finding().verdict === 'fail')
        this.#proven.add(spec.name);
    }
  }

  /** @param required Names of the gates whose proof the step needs; all when absent. */
  judgement(required?: ReadonlySet<string>): Judgement {
    const [first, ...rest] = this.#gates;
    const findings: [GateFinding, ...GateFinding[]] = [this.#findingOf(first)];
    for (const gate of rest) findings.push(this.#findingOf(gate));
    return { decision: decisionOf(findings, required), findings };
  }

  #findingOf({ spec, at }: Gate): GateFinding {
    const finding = at.finding();
    if (this.#proven.has(spec.name)) return finding;
    if (spec.kind === 'sample-ratio')
      return this.#split.broken
        ? { ...finding, verdict: 'undecided', missing: { what: brokenSplit, etaS: null } }
        : finding;
    const unproven = this.#unproven(spec);
    if (finding.verdict === 'fail' && unproven === undefined) return finding;
    const what = this.#split.broken ? brokenSplit : unproven;
    return what === undefined ? finding : { ...finding, verdict: 'undecided', missing: { what, etaS: null } };
  }

  /** What is compared by the configured share proves nothing until the split was found good. */
  #unproven(spec: GateSpec): string | undefined {
    return !trustsShare(spec) || this.#splitHasPassed()
      ? undefined
      : 'it compares the sides by the configured share, which proves something only once sample-ratio has passed';
  }

  #splitHasPassed(): boolean {
    return this.#split.finding().verdict === 'pass';
  }
}

/** All others compare what was counted on each side with the requests of that side. */
const trustsShare = (spec: GateSpec): boolean =>
  spec.kind === 'throughput' || (spec.kind === 'quality' && spec.pairing === 'unpaired');

interface Gate {
  readonly spec: GateSpec;
  readonly at: GateProcess;
}

const impliedSplit = {
  kind: 'sample-ratio',
  name: 'sample-ratio',
  alphaRollback: splitAlpha,
  alphaPromote: 0.05,
} as const;

const brokenSplit =
  'requests are not split as configured, so the counts of the two sides cannot be compared: see sample-ratio';

function decisionOf(findings: NonEmpty<GateFinding>, required?: ReadonlySet<string>): Judgement['decision'] {
  if (findings.some(({ verdict }) => verdict === 'fail')) return 'rollback';
  const needed = required ? findings.filter(({ gate }) => required.has(gate)) : findings;
  return needed.length > 0 && needed.every(({ verdict }) => verdict === 'pass') ? 'promote' : 'hold';
}
