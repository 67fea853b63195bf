/** When the candidate had which share; `until` is null while it still has it. */
export interface Exposure {
  readonly step: number;
  readonly candidate: number;
  readonly from: number;
  readonly until: number | null;
}

/** Shares change hands more often than a state may carry; what is oldest has told its part. */
const mostKept = 90;

/**
 * The exposures after one more look at a share that people set. A share ends when it was last seen and begins when it
 * is first seen, so that no window counts in which it changed.
 * @param seenAt When it was looked at before; undefined before the first look.
 */
export function followed(
  exposures: readonly Exposure[],
  look: {
    readonly step: number;
    readonly share: number;
    readonly at: number;
    readonly seenAt?: number | undefined;
  },
): Exposure[] {
  const { step, share, at } = look;
  const open = exposures.find(({ until }) => until === null);
  if (open?.candidate === share && open.step === step) return [...exposures];
  const ended = exposures.map((one) =>
    one.until === null ? { ...one, until: Math.max(one.from, look.seenAt ?? one.from) } : one,
  );
  const begun = share > 0 ? [{ step, candidate: share, from: at, until: null }] : [];
  return [...ended, ...begun].slice(-mostKept);
}

/**
 * The exposures while nothing moves: the judge closed the last one because the next share was to come, and it did not.
 */
export function stillThere(exposures: readonly Exposure[]): Exposure[] {
  return exposures.map((one, index) => (index === exposures.length - 1 ? { ...one, until: null } : one));
}
