/**
 * What invariants must remember from step to step, and no part of the product sees. A part of the state: two worlds
 * with another memory are not the same.
 */
export interface Ghost {
  readonly releases: Readonly<Record<string, ReleaseGhost>>;
  /** Endpoints that somebody else changed, and how. */
  readonly foreign: Readonly<Record<string, ForeignGhost>>;
  /** When the last fault or event of a search happened, in milliseconds; the base run's own acts are none. */
  readonly faultAt: number;
  /** Until when nobody looks, because the watcher is paused. */
  readonly pausedUntil: number;
}

export interface ForeignGhost {
  readonly what: 'traffic' | 'field';
  readonly at: number;
  /** The epoch of the endpoint's row when it happened. */
  readonly epoch: number;
}

export interface ReleaseGhost {
  /** A command that ends the release was accepted. */
  readonly stopAt: number | null;
  /** Evidence against the candidate was decided on. */
  readonly refusedAt: number | null;
  /** The way back began, and its first write was accepted. */
  readonly restoreAt: number | null;
  /** Whether the candidate had traffic when it began: then there is something to write at once. */
  readonly hadTraffic: boolean;
  readonly acceptedAt: number | null;
  readonly observedAt: number | null;
  /** Calls to the workspace from the beginning of the way back to the acceptance, refused ones left out. */
  readonly calls: number;
  /** Since when the platform has refused, lost calls, or been silent on the way back; null while it answers. */
  readonly troubledSince: number | null;
  /** Whether it ever did. */
  readonly wasTroubled: boolean;
  /** How long it did so before, in milliseconds: such time is told apart. */
  readonly refusedFor: number;
  /** Digests of the configurations whose writing was recorded, by epoch: `7:ab12...`. */
  readonly intents: readonly string[];
  readonly target: string | null;
  readonly outcome: string | null;
  /** When an update landed late that gave the candidate what it was not to have any more. */
  readonly unhealedSince: number | null;
}

export const noGhost: Ghost = { releases: {}, foreign: {}, faultAt: 0, pausedUntil: 0 };

export const newReleaseGhost: ReleaseGhost = {
  stopAt: null,
  refusedAt: null,
  restoreAt: null,
  hadTraffic: false,
  acceptedAt: null,
  observedAt: null,
  calls: 0,
  troubledSince: null,
  wasTroubled: false,
  refusedFor: 0,
  intents: [],
  target: null,
  outcome: null,
  unhealedSince: null,
};

/** How long the platform refused until now, in milliseconds. */
export const refusedOf = ({ refusedFor, troubledSince }: ReleaseGhost, now: number): number =>
  refusedFor + (troubledSince === null ? 0 : now - troubledSince);
