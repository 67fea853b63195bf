import type { Mutant } from './mutants.ts';

/** What the ledger refuses, each rule taken out by itself. */

const rules = 'src/app/ports/ledger-rules.ts';
const forwardRules = 'src/app/ports/ledger-forward-rules.ts';
const commandRules = 'src/app/ports/ledger-command-rules.ts';
const waitRules = 'src/app/ports/ledger-wait-rules.ts';

export const ledgerMutants: readonly Mutant[] = [
  {
    name: 'the ledger asks no epoch',
    file: rules,
    from: '!row || !owner || !holds(lease, row)',
    to: '!row || !owner',
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
  },
  {
    name: 'a take-over raises no epoch',
    file: rules,
    from: 'return { ...owned, epoch: owned.epoch + 1, owner };',
    to: 'return { ...owned, owner };',
  },
  {
    name: 'forward writes ask nothing',
    file: rules,
    from: "if (direction === 'forward') requireForward(row, pending);",
    to: '',
  },
  { name: 'a write leaves no intent', file: rules, from: 'intent, exposed };', to: 'exposed };' },
  {
    name: 'a restore does not close the way forward',
    file: rules,
    from: "({ ...row, phase: 'restoring' })",
    to: '({ ...row })',
  },
  {
    name: 'a promotion closes past a stop',
    file: rules,
    from: "if (command && effectOf(command.kind) === 'restore') throw refusalBy(command);",
    to: '',
  },
  {
    name: 'a promotion does not become the last good',
    file: rules,
    from: '(good ? { ...goodAfter(row, good), drift: null } : {})',
    to: '{}',
  },
  {
    name: 'a stop does not stop forward writes',
    file: forwardRules,
    from: "effect === 'restore') throw refusalBy(command);",
    to: "effect === 'restore') return;",
  },
  {
    name: 'a hold does not stop forward writes',
    file: forwardRules,
    from: "effect === 'hold') throw refusalBy(command);",
    to: "effect === 'hold') return;",
  },
  {
    name: 'forward writes do not drain',
    file: forwardRules,
    from: 'if (again || intent.at >= writesUntil) return;',
    to: 'if (again || intent.at >= 0) return;',
  },
  {
    name: 'a wait opens past a command',
    file: commandRules,
    from: "if (kind === 'restore') return;",
    to: 'if (kind !== null) return;',
  },
  {
    name: 'an ended release takes commands',
    file: commandRules,
    from: "if (phase === 'running') return;",
    to: 'if (phase !== undefined) return;',
  },
  {
    name: 'a wait is decided twice',
    file: waitRules,
    from: "if (wait?.phase !== 'open') return undefined;\n  // JSON",
    to: 'if (!wait) return undefined;\n  // JSON',
  },
  {
    name: 'a retried task keeps its old token',
    file: waitRules,
    from: '{ ...wait, token, earlierTokens: known.slice(1 - mostTokens) };',
    to: 'wait;',
  },
];
