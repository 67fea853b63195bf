import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { bodyOf, type Exchange, param, type WorkspaceApp } from '../exchange.ts';
import { type JsonObject, textOf } from '../json.ts';
import { predictionsFor } from '../predictions.ts';
import type { Chance } from '../random.ts';
import { missing, Refusal } from '../refusal.ts';
import type { Simulation } from '../simulation.ts';
import { type Arm, conductAt, durationOf, pickArm } from '../traffic.ts';

/** The payload table keeps bodies of CPU models up to this size. */
const largestLogged = 1024 * 1024;

/** The data plane: one random arm of the split, or one served entity by name. */
export function invocationRoutes(app: WorkspaceApp, simulation: Simulation): void {
  let sequence = 0;

  const invoke = async (exchange: Exchange, served: string | undefined): Promise<Response> => {
    const name = param(exchange, 'name');
    const body = await bodyOf(exchange);
    const request = JSON.stringify(body);
    const draws = simulation.requests.of(name, served, request);
    const arm = chosenArm(simulation, draws, name, served);
    const outcome = answerOf(simulation, draws, arm, body);
    const response = JSON.stringify(outcome.body);
    const now = simulation.endpoints.now();
    const { payloadOmits, timings } = simulation.profile;
    const visibleAt = now + draws.between(timings.payloadDelay);
    simulation.warehouse.requests.append({
      at: now,
      endpoint: name,
      sequence: sequence++,
      deployment: arm.deployment,
      httpCode: outcome.httpCode,
      durationMs: outcome.durationMs,
      correct: outcome.correct,
      visibleAt: outcome.httpCode === 0 || payloadOmits.includes(outcome.httpCode) ? undefined : visibleAt,
      fromCallers: false,
      clientRequestId: textOf(body['client_request_id']),
      request: request.length > largestLogged ? undefined : request,
      response: response.length > largestLogged ? undefined : response,
    });
    if (outcome.httpCode === 0) {
      exchange.env.incoming.socket.resetAndDestroy();
      return RESPONSE_ALREADY_SENT;
    }
    return exchange.body(response, outcome.httpCode as ContentfulStatusCode, {
      'content-type': 'application/json',
      'served-model-name': arm.deployment.spec.name,
      'server-timing': `request_ttfb_msec;dur=${outcome.durationMs}`,
    });
  };

  app.post('/serving-endpoints/:name/invocations', (exchange) => invoke(exchange, undefined));
  app.post('/serving-endpoints/:name/served-models/:served/invocations', (exchange) =>
    invoke(exchange, param(exchange, 'served')),
  );
}

/** @throws Refusal 404 for an unknown endpoint or entity, 503 for an endpoint that has nothing ready. */
function chosenArm({ endpoints }: Simulation, draws: Chance, name: string, served: string | undefined): Arm {
  const record = endpoints.get(name);
  if (!record.active) {
    throw new Refusal(503, 'TEMPORARILY_UNAVAILABLE', `The endpoint '${name}' is not ready.`);
  }
  const arms = endpoints.arms(record);
  if (served === undefined) {
    const picked = pickArm(arms, draws.uniform());
    if (!picked) throw missing(`The endpoint '${name}' has no served entity with traffic.`);
    return picked;
  }
  const named = arms.find((arm) => arm.deployment.spec.name === served);
  if (named) return named;
  const unrouted = endpoints.unroutedArm(record, served);
  if (!unrouted) throw missing(`Served entity '${served}' does not exist on endpoint '${name}'.`);
  return unrouted;
}

interface Answer {
  readonly httpCode: number;
  readonly durationMs: number;
  readonly correct: boolean;
  readonly body: JsonObject;
}

function answerOf({ endpoints }: Simulation, draws: Chance, arm: Arm, body: JsonObject): Answer {
  const conduct = conductAt(arm, endpoints.now());
  const failing = draws.uniform();
  const judging = draws.uniform();
  const durationMs = durationOf(conduct, draws.normal());
  if (failing < conduct.errorRate) {
    const message =
      'Encountered an unexpected error while evaluating the model. Verify that the input is compatible with the model for inference.';
    return {
      httpCode: arm.behaviour.errorStatus,
      durationMs,
      correct: false,
      body: { error_code: arm.behaviour.errorStatus < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR', message },
    };
  }
  const correct = judging < conduct.quality;
  return { httpCode: 200, durationMs, correct, body: { predictions: predictionsFor(body, correct) } };
}
