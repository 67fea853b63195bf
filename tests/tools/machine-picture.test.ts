import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { alertStateNames } from '../../src/contracts/alert-states.ts';
import { stateNames } from '../../src/contracts/states.ts';
import { alertPicture, machinePicture, withPicture } from '../../tools/machine-picture.ts';

const read = (name: string) => readFileSync(new URL(`../../statemachines/${name}`, import.meta.url), 'utf8');
const asl: { States: Record<string, { Next?: string }> } = JSON.parse(read('release.asl.json'));

it('shows the machine as it is (else run: node tools/machine-picture.ts)', () => {
  const document = read('README.md');
  expect(document).toBe(withPicture(document, machinePicture(asl)));
});

it('has every state in the drawing and every task in the table', () => {
  const [drawing = '', table = ''] = machinePicture(asl).split('\n```\n');
  for (const name of Object.keys(asl.States)) expect(drawing).toContain(name);
  for (const name of stateNames) expect(table).toContain(`\n| ${name} |`);
});

it('shows the alert response as it is, with every way out of every state', () => {
  const alert: { States: Record<string, unknown> } = JSON.parse(read('alert-response.asl.json'));
  const document = read('README.md');
  expect(document).toBe(withPicture(document, alertPicture(alert)));
  const [drawing = '', table = ''] = alertPicture(alert).split('\n```\n');
  for (const name of Object.keys(alert.States)) expect(drawing).toContain(name);
  for (const name of alertStateNames) expect(table).toContain(`\n| ${name} |`);
  expect(drawing).toContain('ReadAlert --> AttributeAlert: any other error');
});

it('changes with the machine', () => {
  const changed = structuredClone(asl);
  const test = changed.States['Test'];
  if (test !== undefined) test.Next = 'Approve';
  expect(machinePicture(changed)).not.toBe(machinePicture(asl));
});

it('refuses a document without a place for the picture', () => {
  expect(() => withPicture('# Nothing here', machinePicture(asl))).toThrow(RangeError);
});
