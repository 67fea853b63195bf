import type { Mutant } from './mutants.ts';

/** Who may begin, ask and decide, and what the reconciler may conclude: each look taken out by itself. */

const start = 'src/app/start.ts';
const command = 'src/app/command.ts';
const reconcile = 'src/app/reconcile.ts';
const rules = 'src/app/ports/ledger-rules.ts';
const waitRules = 'src/app/ports/ledger-wait-rules.ts';
const commandRules = 'src/app/ports/ledger-command-rules.ts';
/** What every store of the ledger decides by, tried over the explorer's own. */
const ledgerTests = 'tests/explore/fakes.test.ts';

export const doorMutants: readonly Mutant[] = [
  {
    name: 'a release begins where nothing may',
    file: start,
    from: 'if ((await standsStill(ports, endpoint)) === undefined) return queue[0];',
    to: 'if (queue.length >= 0) return queue[0];',
    judgedBy: 'tests/scenarios/freeze.test.ts',
  },
  {
    name: 'a release that owns the endpoint is taken for stillborn',
    file: start,
    from: '  if (row?.owner?.releaseId === releaseId) return false;\n',
    to: '',
  },
  {
    name: 'a rollback begins beside a release',
    file: start,
    from: "  if (wish.intent === 'rollback') await refuseBesideRelease(ports, config.endpoint);\n",
    to: '',
  },
  {
    name: 'the second word of the registry is another wish',
    file: start,
    from: "  if (wish.from === 'registry') return 1;\n",
    to: '',
    near: ['Conclude'],
  },
  {
    name: 'automation approves',
    file: command,
    from: "  if (!isPerson(command.actor)) return end('rejected', `Only people approve",
    to: "  if (!command.actor) return end('rejected', `Only people approve",
  },
  {
    name: 'a resume passes a freeze',
    file: command,
    from: '  if (freeze) {\n',
    to: '  if (freeze && !freeze.by) {\n',
    near: ['act'],
  },
  {
    name: 'commands wait for a wait while the baseline is restored',
    file: command,
    from: "waits.some((wait) => wait.kind === 'restore') || (await wayBackBegan(ports, command.releaseId))",
    to: "waits.some((wait) => wait.kind === 'restore')",
  },
  {
    name: 'the reconciler promotes past a stop',
    file: reconcile,
    from: "  if (commands.some((one) => one.phase === 'pending' && effectOf(one.kind) === 'restore')) return undefined;\n",
    to: '',
  },
  {
    name: 'the reconciler promotes what does not serve',
    file: reconcile,
    from: '  if (served.length !== 1 || served[0] !== release.version) return undefined;\n',
    to: '',
  },
  {
    name: 'the reconciler takes a late write for drift',
    file: reconcile,
    from: 'if (row.lastGood === null || ports.clock.now() < row.writesUntil) return false;',
    to: 'if (row.lastGood === null) return false;',
  },
  {
    name: 'the reconciler takes an update in progress for drift',
    file: reconcile,
    from: "  if (seen?.update === 'inProgress') return row.drift !== null;\n",
    to: '',
  },
  {
    name: 'the watcher looks for a wait that is over',
    file: 'src/app/watch.ts',
    from: "  if (fresh?.phase !== 'open') return false;\n",
    to: '  if (!fresh) return false;\n',
  },
  {
    name: 'a close that is repeated is refused',
    file: rules,
    from: "row?.phase === 'closed' && holds(lease, row);",
    to: "row?.phase === 'closed' && lease.epoch < 0;",
    judgedBy: ledgerTests,
  },
  {
    name: 'a claim that is repeated is refused',
    file: rules,
    from: '    if (!sameOwner(row.owner, owner)) throw heldByOther(endpoint, row.owner);\n    return row;',
    to: '    throw heldByOther(endpoint, row.owner);',
    near: ['ClaimEndpoint'],
  },
  {
    name: 'drift is noted under an owner',
    file: rules,
    from: "return row?.phase === 'closed' && row.epoch === at.epoch ?",
    to: 'return row ?',
    judgedBy: ledgerTests,
  },
  {
    name: 'a wait opens while the baseline is restored',
    file: waitRules,
    from: "  if (row.phase === 'restoring' && wait.kind !== 'restore') throw restoringNow(row);\n  const { endpoint",
    to: '  const { endpoint',
  },
  {
    name: 'a late registration counts while the baseline is restored',
    file: waitRules,
    from: "  if (row.phase === 'restoring' && wait.kind !== 'restore') throw restoringNow(row);\n  const known",
    to: '  const known',
    judgedBy: ledgerTests,
  },
  {
    name: 'a wait is closed by another token than it has',
    file: waitRules,
    from: "wait?.phase === 'decided' && wait.token === token ?",
    to: "wait?.phase === 'decided' ?",
    judgedBy: ledgerTests,
  },
  {
    name: 'a wait that is over takes notes',
    file: waitRules,
    from: "  if (wait?.phase !== 'open') return undefined;\n  return {",
    to: '  if (!wait) return undefined;\n  return {',
    judgedBy: ledgerTests,
  },
  {
    name: 'a wait opens past a hold',
    file: commandRules,
    from: "if (effect === 'restore' || (effect === 'hold' && kind !== 'hold')) throw",
    to: "if (effect === 'restore') throw",
  },
];
