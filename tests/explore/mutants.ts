/** Parts of the safety net in our own code, each to be taken out by itself: the file, its exact text, and what stands there instead. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const rules = 'src/app/ports/ledger-rules.ts';
const forwardRules = 'src/app/ports/ledger-forward-rules.ts';
const commandRules = 'src/app/ports/ledger-command-rules.ts';
const waitRules = 'src/app/ports/ledger-wait-rules.ts';
const forward = 'src/app/write/forward.ts';
const restore = 'src/app/write/restore.ts';
const traffic = 'src/app/stages/traffic.ts';

export const mutants: readonly Mutant[] = [
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
    from: "epoch: owned.epoch + 1, owner, phase: 'restoring'",
    to: "epoch: owned.epoch, owner, phase: 'restoring'",
  },
  {
    name: 'a take-over goes forward',
    file: rules,
    from: "epoch: owned.epoch + 1, owner, phase: 'restoring'",
    to: "epoch: owned.epoch + 1, owner, phase: 'forward'",
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
    from: "if (outcome.kind === 'promoted' && command",
    to: "if (outcome.kind !== 'promoted' && outcome.kind !== 'rolledBack' && outcome.kind === 'restored' && command",
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
  {
    name: 'a forward write is not recorded',
    file: forward,
    from: 'await ports.ledger.recordIntent(lease, {',
    to: 'void ({',
  },
  {
    name: 'a restoring write is not recorded',
    file: restore,
    from: 'await ports.ledger.recordIntent(lease, {',
    to: 'void ({',
  },
  {
    name: 'foreign changes are written over',
    file: forward,
    from: '  await refuseForeignChange(ports, row, seen, goal.candidate);\n',
    to: '',
  },
  {
    name: 'a read-back compares nothing',
    file: forward,
    from: '  if (gaps.length === 0) return seen;',
    to: '  if (gaps.length >= 0) return seen;',
  },
  {
    name: 'a read-back takes an update in progress for done',
    file: forward,
    from: "if (seen.update === 'inProgress') {\n    throw new ReleaseError('TrafficSettling'",
    to: "if (seen.update === 'none' && seen.stopped) {\n    throw new ReleaseError('TrafficSettling'",
  },
  {
    name: 'a restore is final at once',
    file: restore,
    from: 'if (ports.clock.now() >= row.writesUntil) {',
    to: 'if (ports.clock.now() >= 0) {',
  },
  {
    name: 'a restore takes what it reads at once for the truth',
    file: restore,
    from: 'ports.clock.now() - last.at < readsBehind',
    to: 'ports.clock.now() < 0',
  },
  {
    name: 'a restore writes no traffic first',
    file: restore,
    from: 'if (toBaseline !== null && !baselineServes) {',
    to: 'if (toBaseline !== null && !baselineServes && seen.stopped) {',
  },
  {
    name: 'a restore takes foreign changes back',
    file: restore,
    from: 'if (baselineServes && foreign.length > 0) return final(foreign);',
    to: '',
  },
  {
    name: 'a shift is not read back',
    file: 'src/app/stages/traffic.ts',
    from: "const seen = await readBack(ports, input.lease, candidate.entity);\n  const share = shareOf(seen.traffic, candidate.entity);\n  await note(ports, input.release, 'TrafficObserved'",
    to: "const seen = await ports.workspace('production').serving.observe(input.lease.endpoint);\n  const share = shareOf(seen.traffic, candidate.entity);\n  await note(ports, input.release, 'TrafficObserved'",
  },
  {
    name: 'a promotion is not read back',
    file: 'src/app/stages/traffic.ts',
    from: 'const seen = await readBack(ports, input.lease, candidate.entity);\n  const share = shareOf(seen.traffic, candidate.entity);\n  if (document.mode',
    to: "const seen = await ports.workspace('production').serving.observe(input.lease.endpoint);\n  const share = shareOf(seen.traffic, candidate.entity);\n  if (document.mode",
  },
  {
    name: 'a wait is not delivered again',
    file: 'src/app/watch.ts',
    from: "if (wait.phase === 'decided') {",
    to: "if (wait.phase === 'closed') {",
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
  },
  {
    name: 'queues are not looked at',
    file: 'src/app/watch.ts',
    from: 'await attempt(endpoint, () => startNext(ports, endpoint));',
    to: '',
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
  },
  {
    name: 'an earlier token hears nothing',
    file: 'src/app/wait.ts',
    from: 'for (const one of [token, ...earlierTokens])',
    to: 'for (const one of [token, ...earlierTokens].slice(0, 1))',
  },
  {
    name: 'a late registration takes the token over',
    file: waitRules,
    from: "if (wait.phase === 'closed' || known.includes(token)) return wait;",
    to: "if (wait.phase === 'closed') return wait;",
  },
  {
    name: 'writes are not waited for',
    file: 'src/domain/lease.ts',
    from: 'after(after(recorded, longestHandler), readsBehind);',
    to: 'recorded;',
  },
  {
    name: 'a write is waited for as long as its handler lives, and not as reads are behind',
    file: 'src/domain/lease.ts',
    from: 'after(after(recorded, longestHandler), readsBehind);',
    to: 'after(recorded, longestHandler);',
  },
  {
    name: 'a late write is known by its own time only',
    file: rules,
    from: 'later(row.writesUntil, lastArrival(at))',
    to: 'lastArrival(at)',
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
  },
  {
    name: 'a release that has ended takes over',
    file: rules,
    from: '  if (ended) throw overAlready(lost.endpoint, owner);\n',
    to: '',
  },
  {
    name: 'a restore that has begun lets forward writes pass',
    file: forwardRules,
    from: "if (row.phase === 'restoring') {",
    to: "if (row.phase === 'closed') {",
  },
  {
    name: 'a freeze does not stop forward writes',
    file: forwardRules,
    from: 'if (row.freeze) throw held(row, row.freeze);',
    to: '',
  },
  {
    name: 'nobody heeds a stop before a shift',
    file: traffic,
    from: 'await heedStop(ports, input.release);\n  const document = await readPlan(ports, input.plan);\n  const { baseline, candidate, plan } = document;\n  const share',
    to: 'const document = await readPlan(ports, input.plan);\n  const { baseline, candidate, plan } = document;\n  const share',
  },
  {
    name: 'nobody heeds a stop while traffic settles',
    file: traffic,
    from: 'await heedStop(ports, input.release);\n  const { candidate } = await',
    to: 'const { candidate } = await',
  },
  {
    name: 'nobody heeds a stop before a promotion',
    file: traffic,
    from: 'await heedStop(ports, input.release);\n  const document = await readPlan(ports, input.plan);\n  const { baseline, candidate, plan } = document;\n  await refuse',
    to: 'const document = await readPlan(ports, input.plan);\n  const { baseline, candidate, plan } = document;\n  await refuse',
  },
  {
    name: 'an increase asks for no freeze window',
    file: traffic,
    from: '      refuseFrozen(ports, document);\n',
    to: '',
  },
  {
    name: 'an increase asks for no readiness',
    file: traffic,
    from: '      await requireReady(ports, document, seen);\n',
    to: '',
  },
  { name: 'a forward write asks for no guard', file: forward, from: 'await goal.guard?.(seen);', to: '' },
  {
    name: 'a retirement begins while writes may arrive',
    file: traffic,
    from: "if (!settled && intent?.purpose !== 'retire') return undefined;",
    to: '',
  },
  {
    name: 'a retirement ends while writes may arrive',
    file: traffic,
    from: 'return gone && settled',
    to: 'return gone',
  },
  {
    name: 'a retirement is given up while it is under way',
    file: traffic,
    from: 'if (ports.clock.now() < writesUntil || (await updating(ports, endpoint))) return undefined;',
    to: 'if (writesUntil < 0) return updating(ports, endpoint).then(() => undefined);',
  },
  {
    name: 'an alias moves unannounced',
    file: traffic,
    from: "  await ports.ledger.announce(lease, { direction: 'forward', at: ports.clock.now() });\n",
    to: '',
  },
  {
    name: 'the alias is not brought back',
    file: 'src/app/stages/restore.ts',
    from: '  await registry.setAlias(model, alias, version);\n',
    to: '',
  },
  {
    name: 'a wait outlives the lease',
    file: 'src/app/watch.ts',
    from: "if (isReleaseError(error, 'LeaseLost')) return",
    to: "if (isReleaseError(error, 'NoLastGood')) return",
  },
  {
    name: 'the watcher does not see foreign changes',
    file: 'src/app/stages/health.ts',
    from: 'if (foreign.length > 0) {',
    to: 'if (foreign.length > 100) {',
  },
  {
    name: 'a promotion is concluded without a look',
    file: 'src/app/stages/conclude.ts',
    from: 'if (!entity || others.length > 0 || served?.version !== release.version) {',
    to: 'if (!entity) {',
  },
  {
    name: 'an alert is told once and forgotten',
    file: 'src/app/intake.ts',
    from: "if (event.type !== 'DataAlertRaised') await",
    to: 'await',
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
    from: "if (row.intent?.purpose !== 'retire') return undefined;",
    to: "if (row.intent?.purpose !== 'nothing') return undefined;",
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
  },
  {
    name: 'a release without a record takes commands',
    file: 'src/app/ports/ledger-command-rules.ts',
    from: "if (phase === 'running') return;",
    to: "if (phase !== 'ended') return;",
  },
];
