import { errors, isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import { describeTraffic, entitiesWithTraffic } from '../../domain/traffic.ts';
import { keepCopies } from '../people/restore-copies.ts';
import type { GoodConfiguration } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import type { ObservedEndpoint } from '../ports/workspace.ts';
import { claimed } from '../release-mode.ts';
import { startNext } from '../start.ts';
import { brief, note } from '../trail.ts';
import { keepGood, strangeTo, targetOf } from '../write/configurations.ts';

/** Closes the endpoint with what was observed, and lets the next version begin. Closing twice changes nothing. */
export async function conclude(
  ports: Ports,
  input: StateInput<'Conclude'>,
): Promise<StateOutput<'Conclude'>> {
  const { release, lease } = input;
  const outcome = await claimed(ports, release, input.outcome);
  // Asked before the look: what is read may be as old as the request for it.
  const at = ports.clock.now();
  const good = await goodConfiguration(ports, { ...input, outcome });
  await ports.ledger.close(lease, release.releaseId, outcome, at, good);
  await note(ports, release, 'Conclude', `${outcome.kind}: ${outcome.says}`, { once: '1' });
  await startNext(ports, lease.endpoint);
  if (outcome.kind === 'promoted' || outcome.kind === 'restored')
    await keepCopies(ports, lease.endpoint, release.releaseId);
  return { outcome };
}

/** Only what serves 100 % at this moment becomes the last good configuration. */
async function goodConfiguration(
  ports: Ports,
  input: StateInput<'Conclude'>,
): Promise<{ configuration: GoodConfiguration; by: 'promotion' | 'rollback' } | undefined> {
  const { lease, outcome, release } = input;
  const row = await ports.ledger.endpoint(lease.endpoint);
  if (!row || row.phase === 'closed' || row.epoch !== lease.epoch) return undefined;
  switch (outcome.kind) {
    case 'promoted': {
      const seen = await observed(ports, input);
      if (seen === undefined) return undefined;
      // Ours, or somebody's: what comes of it is not known yet, and may take longer than a write is waited for.
      if (seen.update === 'inProgress')
        throw new ReleaseError('EndpointDraining', `${lease.endpoint}: an update is in progress`);
      const [entity, ...others] = entitiesWithTraffic(seen.traffic);
      const served = seen.entities.find((one) => one.name === entity);
      if (!entity || others.length > 0 || served?.version !== release.version) {
        const says = `promoted, but now ${describeTraffic(seen.traffic)}: the last good configuration stays as it was`;
        await note(ports, release, 'ForeignChange', says, { once: 'conclude' });
        return undefined;
      }
      const kept = await keepGood(ports, seen, entity);
      const { intent } = row;
      // As our last write left it, or as that found it, should it never have arrived.
      const foreign = intent ? await strangeTo(ports, [intent.desired, intent.before], seen, entity) : [];
      if (intent === null || foreign.length === 0) return { configuration: kept, by: 'promotion' };
      // Promoted is what this release wrote and saw; the next look finds the drift, and no release starts before.
      const says = `promoted, but somebody else changed it meanwhile: ${brief(foreign.join('; '))}`;
      await note(ports, release, 'ForeignChange', says, { once: 'conclude' });
      return { configuration: { ...kept, configuration: intent.desired }, by: 'promotion' };
    }
    case 'restored':
      return { configuration: targetOf(row), by: 'rollback' };
    case 'rolledBack':
    case 'rejected':
    case 'superseded':
    case 'observed':
      return undefined;
  }
}

/** Undefined, and told, when the endpoint cannot be observed any more: what is not seen does not become good. */
async function observed(
  ports: Ports,
  { lease, release }: StateInput<'Conclude'>,
): Promise<ObservedEndpoint | undefined> {
  try {
    return await ports.workspace('production').serving.observe(lease.endpoint);
  } catch (error) {
    // What a retry mends is retried; the rest must not keep the endpoint's row open for ever.
    if (!isReleaseError(error) || errors[error.name].retry !== 'never') throw error;
    const says = `promoted, but not observed at the end (${error.name}: ${error.message}): the last good configuration stays as it was`;
    await note(ports, release, 'ForeignChange', says, { once: 'conclude' });
    return undefined;
  }
}
