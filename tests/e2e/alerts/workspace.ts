import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { runSimulator } from '../../crash/simulated.ts';
import { placeOf, policyNamed, simulated } from './setting.ts';

/** The simulator of a run. Argument: a file with the speed and, for each case, its name and policy. */
const asked = z.object({
  speed: z.number(),
  places: z.array(z.object({ endpoint: z.string(), policy: policyNamed })),
});
const { speed, places } = asked.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
const profile = simulated(
  places.map(({ endpoint, policy }) => placeOf(endpoint, policy)),
  speed,
);
await runSimulator({ profile, speed, seed: 1 });
