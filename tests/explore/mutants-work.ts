import type { Mutant } from './mutants.ts';

/** What the verbs and the stages look at before they act, each look taken out by itself. */

const forward = 'src/app/write/forward.ts';
const restore = 'src/app/write/restore.ts';
const traffic = 'src/app/stages/traffic.ts';

export const workMutants: readonly Mutant[] = [
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
    from: 'if (toBaseline !== null && (!baselineServes || fresh)) {',
    to: 'if (toBaseline !== null && fresh && seen.stopped) {',
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
    name: 'a restore takes a read that may be behind for the truth',
    file: restore,
    from: 'if (toBaseline !== null && (!baselineServes || fresh)) {',
    to: 'if (toBaseline !== null && !baselineServes) {',
  },
];
