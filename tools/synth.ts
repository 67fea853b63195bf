import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `npm run synth`: the templates of every environment file, what the functions weigh, and what cdk-nag finds. Needs no
 * account and no network. Exits with 1 on a finding, on a function over its budget and on a configuration that is
 * wrong. Further arguments go to `cdk synth`, such as `-c environment=production`.
 */
const root = resolve(fileURLToPath(import.meta.url), '../..');
const output = join(root, 'cdk.out');
// What an earlier run left would be taken for a part of this one.
rmSync(output, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/aws-cdk/bin/cdk'),
    'synth',
    '--quiet',
    '--no-notices',
    '--output',
    output,
    '--context',
    'sizes=yes',
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      // The app is started as `node`, which is to be the Node of this repository.
      PATH: [join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter),
      CDK_DISABLE_VERSION_CHECK: '1',
    },
  },
);
if (status === 0) process.stdout.write(`${summary(output)}\n`);
else process.exitCode = 1;

/** A finding ends synthesis, so templates that are there have none but those accepted beside the constructs. */
function summary(folder: string): string {
  const files = readdirSync(folder).filter((file) => file.endsWith('.template.json'));
  const templates = files.map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const resources = Object.keys(objectIn(text, 'Resources')).length;
    return `cdk.out/${file}: ${resources} resources, ${Math.ceil(text.length / 1024)} KiB`;
  });
  return [...templates, 'cdk-nag (AwsSolutions, Serverless): no finding'].join('\n');
}

function objectIn(text: string, member: string): object {
  const parsed: unknown = JSON.parse(text);
  const found: unknown =
    typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, member) : undefined;
  return typeof found === 'object' && found !== null ? found : {};
}
