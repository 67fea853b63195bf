import * as fc from 'fast-check';
import type { AlertStateName } from '../../src/contracts/alert-states.ts';
import { aFailure, anEvidenceRef } from './arbitraries.ts';

/** Of what the states of the alert response hand to each other; a test proves that the contracts accept them all. */
const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);

export const anAlertRequest = fc.record({ eventId: word, incidentId: word, alert: anEvidenceRef });

const standings = ['notAsked', 'unread', 'unknown', 'open', 'closed'] as const;
export const findingKinds = ['respond', 'nothing', 'keep'] as const;

const aReading = fc.record({ standing: fc.constantFrom(...standings), raisedAt: fc.option(fc.nat()) });
const aFinding = fc.record({
  kind: fc.constantFrom(...findingKinds),
  says: text,
  responses: anEvidenceRef,
});
const anAnswer = fc.record({ says: text });

export const someAlertVariables = fc.record({
  request: anAlertRequest,
  reading: aReading,
  finding: aFinding,
  answer: anAnswer,
  failure: aFailure,
});

export const alertOutputs: Readonly<Record<AlertStateName, fc.Arbitrary<unknown>>> = {
  ReadAlert: fc.record({ reading: aReading }),
  AttributeAlert: fc.record({ finding: aFinding }),
  ApplyAlert: fc.record({ answer: anAnswer }),
  CommentAlert: fc.record({ written: fc.boolean() }),
  QuarantineAlert: fc.constant({ kept: true }),
};
