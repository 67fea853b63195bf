import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { Children } from '../children.ts';
import { pythonEnvironment } from '../python.ts';
import { Headgate } from './headgate.ts';
import { startClient, startMlflow } from './mlflow.ts';
import { startRelay } from './relay.ts';
import { releaseByWebhook, type Sabotage } from './release-by-webhook.ts';

const usage = `npm run e2e:registry [-- --speed 600] [-- --sabotage secret|version]

A version is registered with MLflow's own client on a real MLflow server, whose webhook starts the release at
\`headgate serve\`. Ends with 0 only when it was promoted. --sabotage shows that it fails when it should.`;

const print = (line: string) => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '600' },
    sabotage: { type: 'string', default: 'none' },
    help: { type: 'boolean', default: false },
  },
});
const sabotages: readonly Sabotage[] = ['none', 'secret', 'version'];
const sabotage = sabotages.find((one) => one === values.sabotage);
if (values.help || sabotage === undefined || !(Number(values.speed) > 0)) {
  print(usage);
  process.exit(values.help ? 0 : 2);
}

const children = new Children();
const folder = mkdtempSync(join(tmpdir(), 'headgate-registry-'));
const interrupted = children.endOnSignal(() => rmSync(folder, { recursive: true, force: true }));
process.exitCode = await run(sabotage, Number(values.speed));

async function run(kind: Sabotage, speed: number): Promise<number> {
  let begun = Date.now();
  const elapsed = () => Math.round((Date.now() - begun) / 100) / 10;
  const say = (line: string) => print(`${elapsed().toFixed(1).padStart(5)} s  ${line}`);
  let close = () => {};
  try {
    const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
    const environment = await pythonEnvironment('registry', requirements);
    begun = Date.now();
    const headgate = new Headgate(children, folder);
    const secret = randomBytes(24).toString('base64url');
    const [server, { catalogue, intake }] = await Promise.all([
      startMlflow(children, environment, folder),
      headgate.workspace(speed).then(async (workspace) => ({
        catalogue: workspace,
        intake: await headgate.serve(secret),
      })),
    ]);
    const registry = await startClient(children, environment, server, folder);
    say(`MLflow ${registry.mlflow} at ${server}; the intake of \`headgate serve\` at ${intake}`);
    const relay = await startRelay(intake);
    close = relay.close;
    const setting = { headgate, catalogue, registry, relay, intake, secret, sabotage: kind, say };
    const found = await releaseByWebhook(setting);
    print(JSON.stringify({ ...found, seconds: elapsed(), mlflow: registry.mlflow, speed }));
    return 0;
  } catch (error) {
    const stopped = interrupted();
    if (stopped !== undefined) return stopped;
    const says = wordsOf(error);
    process.stderr.write(`${children.tails()}\n\n`);
    print(`e2e:registry failed: ${says}`);
    print(JSON.stringify({ promoted: false, seconds: elapsed(), failed: says }));
    return 1;
  } finally {
    close();
    await children.endAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof z.ZodError) return `an answer was not in its form: ${z.prettifyError(error)}`;
  return error instanceof Error ? error.message : String(error);
}
