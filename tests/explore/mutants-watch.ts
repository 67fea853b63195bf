import type { Mutant } from './mutants.ts';

/** What the watcher, the reconciler, the intake and the ledger beside them see to, each taken out by itself. */

const rules = 'src/app/ports/ledger-rules.ts';
const forwardRules = 'src/app/ports/ledger-forward-rules.ts';
const waitRules = 'src/app/ports/ledger-wait-rules.ts';
/** What every store of the ledger decides by, tried over the explorer's own. */
const ledgerTests = 'tests/explore/fakes.test.ts';

export const watchMutants: readonly Mutant[] = [
  {
    name: 'a wait is not delivered again',
    file: 'src/app/watch.ts',
    from: "if (wait.phase === 'decided') {",
    to: "if (wait.phase === 'closed') {",
    near: ['tick'],
  },
  {
    name: 'pending commands are not brought again',
    file: 'src/app/watch.ts',
    from: "if (command.phase === 'pending') await apply(ports, command);",
    to: '',
  },
  {
    name: 'events are not published again',
    file: 'src/app/watch.ts',
    from: "attempt('events', () => publishDeliveries(ports)),",
    to: '',
    near: ['act'],
  },
  {
    name: 'queues are not looked at',
    file: 'src/app/watch.ts',
    from: 'await attempt(endpoint, () => startNext(ports, endpoint));',
    to: '',
    near: ['ClaimEndpoint'],
  },
  {
    name: 'a wait has no deadline',
    file: 'src/app/watch.ts',
    from: "if (ports.clock.now() < wait.deadline || wait.kind === 'restore') return undefined;",
    to: 'if (ports.clock.now() > 0) return undefined;',
  },
  {
    name: 'nobody finishes orphans',
    file: 'src/app/reconcile.ts',
    from: 'if (row.owner !== null) orphans',
    to: 'if (row.owner === undefined) orphans',
    near: ['RetireBaseline'],
  },
  {
    name: 'an earlier token hears nothing',
    file: 'src/app/wait.ts',
    from: 'for (const one of [token, ...earlierTokens])',
    to: 'for (const one of [token, ...earlierTokens].slice(0, 1))',
    near: ['WarmCandidate'],
  },
  {
    name: 'a late registration takes the token over',
    file: waitRules,
    from: '  if (known.includes(token)) return wait;\n',
    to: '',
  },
  {
    name: 'a late write is known by its own time only',
    file: rules,
    from: 'later(row.writesUntil, lastArrival(at))',
    to: 'lastArrival(at)',
    judgedBy: ledgerTests,
  },
  {
    name: 'a forward intent is not drained',
    file: rules,
    from: "if (intent.direction === 'forward') requireDrained(row, intent);",
    to: '',
  },
  {
    name: 'a release that has ended claims',
    file: rules,
    from: '  if (ended) throw overAlready(endpoint, owner);\n',
    to: '',
    near: ['ClaimEndpoint'],
  },
  {
    name: 'a release that has ended takes over',
    file: rules,
    from: '  if (ended) throw overAlready(lost.endpoint, owner);\n',
    to: '',
    judgedBy: ledgerTests,
  },
  {
    name: 'a restore that has begun lets forward writes pass',
    file: forwardRules,
    from: "if (row.phase === 'restoring') throw restoringNow(row);",
    to: '',
    near: ['WarmCandidate'],
  },
  {
    name: 'a freeze does not stop forward writes',
    file: forwardRules,
    from: 'if (row.freeze) throw held(row, row.freeze);',
    to: '',
    near: ['act'],
  },
  {
    name: 'a wait outlives the lease',
    file: 'src/app/watch.ts',
    from: "if (isReleaseError(error, 'LeaseLost')) return",
    to: "if (isReleaseError(error, 'NoLastGood')) return",
    near: ['RetireBaseline'],
  },
  {
    name: 'an alert is told once and forgotten',
    file: 'src/app/intake.ts',
    from: "if (event.type !== 'DataAlertRaised') await",
    to: 'await',
    near: ['AttributeAlert'],
  },
  {
    name: 'the reconciler is a rival of what runs',
    file: 'src/app/reconcile.ts',
    from: 'if (end === undefined) return false;',
    to: '',
  },
  {
    name: 'the reconciler undoes what had proven itself',
    file: 'src/app/reconcile.ts',
    from: "if (!proven || row.phase !== 'forward') return undefined;",
    to: 'if (row.epoch > 0) return undefined;',
    near: ['Conclude'],
  },
  {
    name: 'the reconciler ends what is still under way',
    file: 'src/app/reconcile.ts',
    from: "if (seen.update === 'inProgress' || ports.clock.now() < row.writesUntil) return 'settling';",
    to: '',
  },
  {
    name: 'a dead execution keeps the queue',
    file: 'src/app/start.ts',
    from: 'if (!(await endStillborn(ports, running, running.executionArn))) return;',
    to: 'return;',
    near: ['ClaimEndpoint'],
  },
  {
    name: 'a release without a record takes commands',
    file: 'src/app/ports/ledger-command-rules.ts',
    from: "if (phase === 'running') return;",
    to: "if (phase !== 'ended') return;",
    judgedBy: ledgerTests,
  },
  {
    name: 'a promotion closes while the baseline is being restored',
    file: rules,
    from: "    if (row.phase === 'restoring') throw restoringNow(row);\n",
    to: '',
    judgedBy: ledgerTests,
  },
  {
    name: 'the reconciler believes in a promotion that is being taken back',
    file: 'src/app/reconcile.ts',
    from: "if (!proven || row.phase !== 'forward') return undefined;",
    to: 'if (!proven) return undefined;',
  },
];
