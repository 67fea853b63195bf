import { runSimulator } from './simulated.ts';
import { profileOf, speed, subjects } from './world.ts';

/** The simulator of a crash run. Arguments: number of endpoints, seed. */
const [endpoints, seed] = process.argv.slice(2).map(Number);
await runSimulator({ profile: profileOf(subjects(endpoints ?? 1)), speed, seed: seed ?? 1 });
