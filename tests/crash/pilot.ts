import { randomUUID } from 'node:crypto';
import type { Delivery } from '../../src/app/ports/webhooks.ts';
import { releaseIdOf } from '../../src/app/start.ts';
import type { ReleaseView } from '../../src/contracts/api.ts';
import { instant } from '../../src/domain/units.ts';
import { alertDelivery, registryDelivery } from '../scenarios/deliveries.ts';
import type { Random } from '../support/random.ts';
import type { Answered, Controller, Simulator } from './controller.ts';
import type { Promises } from './promises.ts';
import { type Kind, kinds, type Subject, type senderSecrets } from './world.ts';

interface Unheard {
  readonly delivery: Delivery;
  readonly version: string;
}

/**
 * Everybody around one endpoint: the registry that tells of versions, Monte Carlo, and the people who approve, abort
 * and roll back. What they do next is drawn from the seed; when it arrives depends on the machine.
 */
export class Pilot {
  readonly #subject: Subject;
  readonly #simulator: Simulator;
  readonly #promises: Promises;
  readonly #chance: Random;
  readonly #secrets: ReturnType<typeof senderSecrets>;
  /** Releases that were begun and not yet seen to end, oldest first: the first runs, the others wait behind it. */
  readonly #open: string[] = [];
  /** News that nobody acknowledged yet: a registry sends it again. */
  #unheard: Unheard | undefined;
  /** The last news that was acknowledged. */
  #heard: Unheard | undefined;

  constructor(
    subject: Subject,
    around: {
      simulator: Simulator;
      promises: Promises;
      chance: Random;
      secrets: ReturnType<typeof senderSecrets>;
    },
  ) {
    this.#subject = subject;
    this.#simulator = around.simulator;
    this.#promises = around.promises;
    this.#chance = around.chance;
    this.#secrets = around.secrets;
  }

  /** One thing is done. @param tidy nothing new begins; people only answer what they are asked */
  async act(controller: Controller, tidy: boolean): Promise<void> {
    if (this.#unheard) return this.#announce(controller, this.#unheard);
    const [current] = this.#open;
    if (current === undefined) return tidy ? undefined : this.#begin(controller);
    const view = await controller.release(current);
    if (view.kind !== 'ok') return this.#failed(view, () => this.#open.shift());
    if (view.body.phase === 'ended') this.#open.shift();
    else await this.#meddle(controller, view.body, tidy);
  }

  async #begin(controller: Controller): Promise<void> {
    if (this.#chance.uniform() < 0.1) return this.#rollBackAtRest(controller);
    await this.#register();
  }

  async #register(): Promise<void> {
    const draw = this.#chance.uniform();
    const kind: Kind = draw < 0.6 ? 'good' : draw < 0.8 ? 'harmful' : draw < 0.92 ? 'late' : 'untested';
    const { model, endpoint, registryName } = this.#subject;
    const version = await this.#simulator.register(model, kinds[kind].behaviour);
    this.#promises.registered(endpoint, version, kind);
    const at = instant(Date.now());
    const delivery = registryDelivery({ name: registryName, version }, at, this.#secrets.mlflow);
    this.#unheard = { delivery, version };
  }

  async #announce(controller: Controller, news: Unheard): Promise<void> {
    const { endpoint } = this.#subject;
    const answer = await controller.deliver('mlflow', news.delivery);
    if (answer.kind !== 'ok') return this.#failed(answer, () => (this.#unheard = undefined));
    this.#unheard = undefined;
    this.#heard = news;
    const { version } = news;
    const deliveryId = news.delivery.headers['x-mlflow-delivery-id'];
    this.#promises.deliveries.push({
      source: 'mlflow',
      endpoint,
      version,
      outcome: answer.body.outcome,
      ...(deliveryId === undefined ? {} : { deliveryId }),
    });
    const releaseId = releaseIdOf(endpoint, version, 'release', 1);
    if (!this.#open.includes(releaseId)) this.#open.push(releaseId);
  }

  async #rollBackAtRest(controller: Controller): Promise<void> {
    const answer = await controller.rollBack(this.#subject.endpoint, 'ada');
    if (answer.kind !== 'ok') return this.#failed(answer);
    const { releaseId } = answer.body.release;
    this.#open.push(releaseId);
    this.#promises.starts.push(releaseId);
  }

  async #meddle(controller: Controller, view: ReleaseView, tidy: boolean): Promise<void> {
    if (view.state === 'Approve' && (tidy || this.#chance.uniform() < 0.5)) {
      return this.#command(controller, view, 'approve');
    }
    if (tidy) return;
    const draw = this.#chance.uniform();
    if (draw < 0.01) return this.#command(controller, view, 'abort');
    if (draw < 0.02) return this.#command(controller, view, 'rollback');
    if (draw < 0.035) return this.#alert(controller);
    if (draw < 0.045 && this.#heard) return this.#announce(controller, this.#heard);
    if (draw < 0.055) return this.#register();
  }

  async #command(
    controller: Controller,
    { releaseId, phase }: ReleaseView,
    kind: 'approve' | 'abort' | 'rollback',
  ): Promise<void> {
    const answer = await controller.command(releaseId, kind, kind === 'approve' ? 'grace' : 'ada');
    if (answer.kind !== 'ok') return this.#failed(answer);
    const { commandId, says } = answer.body;
    const withdrawn = phase === 'queued' && says === 'taken out of the queue';
    this.#promises.commands.push({ commandId, releaseId, kind, withdrawn });
  }

  async #alert(controller: Controller): Promise<void> {
    const { endpoint, table } = this.#subject;
    const incident = randomUUID();
    const delivery = alertDelivery({ incident, table }, instant(Date.now()), this.#secrets.monteCarlo);
    const answer = await controller.deliver('monte-carlo', delivery);
    if (answer.kind !== 'ok') return this.#failed(answer);
    this.#promises.deliveries.push({
      source: 'monte-carlo',
      endpoint,
      incident,
      outcome: answer.body.outcome,
    });
  }

  #failed(answer: Answered<unknown>, giveUp: () => void = () => {}): void {
    if (answer.kind === 'unanswered') this.#promises.unanswered += 1;
    if (answer.kind !== 'refused') return;
    this.#promises.refuse(answer.why);
    // A 5xx is no answer: the sender tries again.
    if (!/^HTTP 5/.test(answer.why)) giveUp();
  }
}
