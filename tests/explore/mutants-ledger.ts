import type { Mutant } from './mutants.ts';

/** What the ledger refuses, each rule taken out by itself. */

const rules = 'src/app/ports/ledger-rules.ts';
const forwardRules = 'src/app/ports/ledger-forward-rules.ts';
const commandRules = 'src/app/ports/ledger-command-rules.ts';
const waitRules = 'src/app/ports/ledger-wait-rules.ts';
/** What every store of the ledger decides by, tried over the explorer's own. */
const ledgerTests = 'tests/explore/fakes.test.ts';

export const ledgerMutants: readonly Mutant[] = [
  {
    name: 'the ledger asks no epoch',
    file: rules,
    from: '!row || !owner || !holds(lease, row)',
    to: '!row || !owner',
    near: ['RetireBaseline'],
  },
  {
    name: 'the ledger asks no owning release',
    file: rules,
    from: ' || (releaseId !== undefined && owner.releaseId !== releaseId)',
    to: '',
  },
  {
    name: 'a claim takes what another owns',
    file: rules,
    from: '  if (row?.owner) {\n',
    to: '  if (row?.owner && false) {\n',
  },
  {
    name: 'a claim raises no epoch',
    file: rules,
    from: "return { ...row, epoch: row.epoch + 1, owner, phase: 'forward', target",
    to: "return { ...row, owner, phase: 'forward', target",
  },
  {
    name: 'a claim keeps the intent of before',
    file: rules,
    from: "phase: 'forward', target, intent: null, exposed: false",
    to: "phase: 'forward', target, exposed: false",
    judgedBy: ledgerTests,
  },
  {
    name: 'a take-over raises no epoch',
    file: rules,
    from: 'return { ...owned, epoch: owned.epoch + 1, owner };',
    to: 'return { ...owned, owner };',
    near: ['ShiftTraffic'],
  },
  {
    name: 'forward writes ask nothing',
    file: rules,
    from: "if (direction === 'forward') requireForward(row, pending);",
    to: '',
    near: ['JudgeHealth'],
  },
  { name: 'a write leaves no intent', file: rules, from: 'intent, exposed };', to: 'exposed };' },
  {
    name: 'a restore does not close the way forward',
    file: rules,
    from: "({ ...row, phase: 'restoring' })",
    to: '({ ...row })',
    near: ['WarmCandidate'],
  },
  {
    name: 'a promotion closes past a stop',
    file: rules,
    from: "if (command && effectOf(command.kind) === 'restore') throw refusalBy(command);",
    to: '',
    near: ['Conclude'],
  },
  {
    name: 'a promotion does not become the last good',
    file: rules,
    from: '(good ? { ...goodAfter(row, good), drift: null } : {})',
    to: '{}',
    near: ['reconcile'],
  },
  {
    name: 'a stop does not stop forward writes',
    file: forwardRules,
    from: "effect === 'restore') throw refusalBy(command);",
    to: "effect === 'restore') return;",
    near: ['WarmCandidate'],
  },
  {
    name: 'a hold does not stop forward writes',
    file: forwardRules,
    from: "effect === 'hold') throw refusalBy(command);",
    to: "effect === 'hold') return;",
    near: ['JudgeHealth'],
  },
  {
    name: 'a wait opens past a command',
    file: commandRules,
    from: "if (kind === 'restore') return;",
    to: 'if (kind !== null) return;',
    near: ['Bake'],
  },
  {
    name: 'an ended release takes commands',
    file: commandRules,
    from: "if (phase === 'running') return;",
    to: 'if (phase !== undefined) return;',
    judgedBy: ledgerTests,
  },
  {
    name: 'a wait is decided twice',
    file: waitRules,
    from: "if (wait?.phase !== 'open') return undefined;\n  // JSON",
    to: 'if (!wait) return undefined;\n  // JSON',
    near: ['tick'],
  },
  {
    name: 'a retried task keeps its old token',
    file: waitRules,
    from: '{ ...wait, token, earlierTokens: known.slice(1 - mostTokens) };',
    to: 'wait;',
    near: ['Evaluate'],
  },
];
