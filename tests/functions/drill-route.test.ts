import { describe, expect, it } from 'vitest';
import { apiRoutes } from '../../functions/_shell/api-routes.ts';
import { startAnswer } from '../../src/contracts/api.ts';
import { aRelease, scriptedOperations } from '../support/scripted-operations.ts';

const post = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('POST /v1/endpoints/{endpoint}/drill', () => {
  it('begins a drill for who asks, not in production unless told so', async () => {
    const { operations, asked } = scriptedOperations();
    const answer = await apiRoutes(operations).request('/v1/endpoints/fraud/drill', post({ actor: 'ada' }));
    expect(answer.status).toBe(201);
    expect(startAnswer.safeParse(await answer.json()).success).toBe(true);
    expect(asked).toEqual([['drill', 'fraud', { inProduction: false, reason: '', actor: 'ada' }]]);
  });

  it('answers 200 for the drill that is under way', async () => {
    const { operations } = scriptedOperations({
      drill: async () => ({ release: aRelease, began: 'duplicate' }),
    });
    const answer = await apiRoutes(operations).request('/v1/endpoints/fraud/drill', post({ actor: 'ada' }));
    expect(answer.status).toBe(200);
  });

  it.each([{}, { actor: 'ada', share: 100 }, { actor: 'ada', inProduction: 'yes' }])(
    'refuses %j',
    async (body) => {
      const { operations, asked } = scriptedOperations();
      const answer = await apiRoutes(operations).request('/v1/endpoints/fraud/drill', post(body));
      expect(answer.status).toBe(400);
      expect(asked).toEqual([]);
    },
  );
});
