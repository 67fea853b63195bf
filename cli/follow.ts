import type { IoHost, Progress } from '../local/io-host.ts';
import type { ReleaseView } from '../src/contracts/api.ts';
import { type Controller, interruption } from './api-client.ts';
import type { CliContext } from './context.ts';
import type { ExitName } from './exit-codes.ts';
import { CliFault } from './fault.ts';
import { card, exitOf, headline, needLines, printable, timelineLine } from './render.ts';

const pause = 1_000;
/** Pauses in a row without an answer: a controller that is started again needs seconds, not minutes. */
const patience = 60;

/**
 * Shows a release to its end: a line for each thing that happens, then the whole of it. As JSON, one line for each
 * entry of the timeline and a last one for the release. Outlives a restart of the controller.
 */
export async function follow(
  context: CliContext,
  controller: Controller,
  first: ReleaseView,
  json: boolean,
): Promise<ExitName> {
  const { host, stop } = context;
  const progress = json ? undefined : await host.progress(headline(first));
  let after = 0;
  let silent = 0;
  let blind: string | undefined;
  let toldNeed = 0;
  for (;;) {
    try {
      // The release first: what happened before its end is then in the timeline that is read after it.
      const release = await controller.release(first.releaseId);
      for (const entry of await controller.timeline(after, first.releaseId)) {
        after = Math.max(after, entry.order);
        if (json) host.json(entry);
        else progress?.line(timelineLine(entry, host));
      }
      silent = 0;
      if (release.outcome !== null) {
        const exit = exitOf(release.outcome.kind);
        await progress?.done(headline(release), exit === 'ok');
        if (json) host.json(release);
        else host.out(card(release, host));
        return exit;
      }
      toldNeed = tellNeeds(release, toldNeed, host, progress);
      progress?.update(headline(release));
      const trouble = lookTrouble(release);
      if (trouble !== undefined && trouble !== blind) progress?.line(trouble);
      blind = trouble;
    } catch (thrown) {
      const lost = thrown instanceof CliFault && thrown.exit === 'unreachable' && silent < patience;
      if (!lost) {
        await progress?.done(headline(first), false);
        throw thrown;
      }
      silent++;
      progress?.update(`${headline(first)} (the controller does not answer; trying again)`);
    }
    await rest(context, stop);
  }
}

/** What is about the endpoint alone is not in the release's own timeline. @returns The newest that was told. */
function tellNeeds({ needs }: ReleaseView, told: number, host: IoHost, progress?: Progress): number {
  const fresh = needs.filter(({ releaseId, order }) => releaseId === null && order > told);
  for (const line of needLines(fresh, host)) progress?.line(line);
  return fresh.at(-1)?.order ?? told;
}

/** A look that failed stands only in `why`: it is no event, and the time in front of it changes at every tick. */
function lookTrouble({ endpoint, version, why }: ReleaseView): string | undefined {
  const says = /could not look: .*/s.exec(why)?.[0];
  return says && printable(`${endpoint} ${version}: ${says}`);
}

/** The release that `watch` without a name follows: the live one, or the next to come. */
export async function nextRelease(
  context: CliContext,
  controller: Controller,
  choose: (releases: readonly ReleaseView[]) => ReleaseView | undefined,
): Promise<ReleaseView> {
  const known = await controller.releases();
  const live = choose(known);
  if (live !== undefined) return live;
  const before = new Set(known.map(({ releaseId }) => releaseId));
  context.host.err('No release is live; waiting for the next one. Ctrl-C ends this.');
  for (;;) {
    await rest(context, context.stop);
    const fresh = (await controller.releases()).filter(({ releaseId }) => !before.has(releaseId));
    const next = choose(fresh) ?? fresh[0];
    if (next !== undefined) return next;
  }
}

/** A pause of a second, ended by `stop`. @throws CliFault `Interrupted` then. */
export async function rest({ sleep }: CliContext, stop: AbortSignal): Promise<void> {
  try {
    await sleep(pause, stop);
  } catch (thrown) {
    if (stop.aborted) throw interruption();
    throw thrown;
  }
}
