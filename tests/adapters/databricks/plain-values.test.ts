import { describe, expect, it } from 'vitest';
import { holdsPlainValues } from '../../../src/adapters/databricks/configuration.ts';

const withEntity = (entity: object) => ({ served_entities: [{ name: 'fraud-1', ...entity }] });

describe('a configuration that not everybody should see', () => {
  it.each<[string, object]>([
    ['a variable in plain text', { environment_vars: { A: '{{secrets/a/b}}', TOKEN: 'abc' } }],
    ['a variable that only looks like a reference', { environment_vars: { A: 'x {{secrets/a/b}}' } }],
    ['a key in plain text', { external_model: { openai_config: { openai_api_key_plaintext: 'sk' } } }],
  ])('holds %s', (_, entity) => {
    expect(holdsPlainValues(withEntity(entity))).toBe(true);
  });

  it('is not one with references to secrets and nothing else', () => {
    const entity = { environment_vars: { A: '{{secrets/a/b}}' }, scale_to_zero_enabled: false };
    expect(holdsPlainValues(withEntity(entity))).toBe(false);
    expect(holdsPlainValues({})).toBe(false);
  });
});
