import type { Mutant } from './mutants.ts';

/** Epochs, artefacts and progress that the verbs and stages look at: each look taken out by itself. */

const forward = 'src/app/write/forward.ts';
const restore = 'src/app/write/restore.ts';
const traffic = 'src/app/stages/traffic.ts';
const wayBack = 'src/app/stages/restore.ts';
const before = 'src/app/stages/before-traffic.ts';
const health = 'src/app/stages/health.ts';

const asked = 'const row = await ports.ledger.assertLease(lease);\n';
const unasked = 'const row = (await ports.ledger.endpoint(lease.endpoint)) as never;\n';
const toServing =
  "  const { serving } = ports.workspace('production');\n  const seen = await serving.observe(lease.endpoint);\n";

const looks = 'tests/app/doubtful-looks.test.ts';

export const lookMutants: readonly Mutant[] = [
  {
    name: 'a forward write asks for no epoch before it looks',
    file: forward,
    from: `${asked}${toServing}  const wanted`,
    to: `${unasked}${toServing}  const wanted`,
  },
  {
    name: 'a read-back asks for no epoch',
    file: forward,
    from: `${asked}${toServing}  if (row.intent === null)`,
    to: `${unasked}${toServing}  if (row.intent === null)`,
  },
  {
    name: 'a look under traffic asks for no epoch',
    file: forward,
    from: `${asked}  if (row.intent === null || seen`,
    to: `${unasked}  if (row.intent === null || seen`,
  },
  {
    name: 'a forward write heeds no update in progress',
    file: forward,
    from: "  if (seen.update === 'inProgress') {\n    const ours",
    to: '  if (seen.stopped) {\n    const ours',
  },
  {
    name: 'a forward write takes any update in progress for its own',
    file: forward,
    from: 'if (ours && isGoal(seen.pending ?? {})) return;',
    to: 'if (ours || seen.pending) return;',
  },
  {
    name: 'a read-back takes a failed update for one on its way',
    file: forward,
    from: "  if (seen.update === 'failed' || seen.update === 'cancelled') {\n    throw",
    to: '  if (seen.stopped) {\n    throw',
  },
  {
    name: 'a read-back takes a foreign change for one on its way',
    file: forward,
    from: "throw new ReleaseError(\n    'ForeignChange',",
    to: "throw new ReleaseError(\n    'TrafficSettling',",
    judgedBy: 'tests/scenarios/failures/foreign-change.test.ts',
  },
  {
    name: 'a restore asks for no epoch before it looks',
    file: restore,
    from: 'const row = await ports.ledger.beginRestore(lease);\n',
    to: unasked,
  },
  {
    name: 'a restore undoes where nothing was written',
    file: restore,
    from: '  if (left) return left;\n',
    to: '',
  },
  {
    name: 'a restore forgets what was foreign before the traffic',
    file: restore,
    from: "await send(kept ? trafficOnly : 'traffic',",
    to: "await send('traffic',",
  },
  {
    name: 'a way back begins without the ledger',
    file: wayBack,
    from: 'const row = await ports.ledger.beginRestore(lease);\n',
    to: unasked,
  },
  {
    name: 'a restore is verified while writes may arrive',
    file: wayBack,
    from: "if (progress.kind !== 'observed') {",
    to: "if (progress.kind === 'settling') {",
  },
  {
    name: 'a restore is waited for only until it settles',
    file: wayBack,
    from: "if (progress.kind !== 'observed') return undefined;",
    to: "if (progress.kind === 'settling') return undefined;",
  },
  {
    name: 'an alias goes back unannounced',
    file: wayBack,
    from: "  await ports.ledger.announce(lease, { direction: 'restore', at: ports.clock.now() });\n",
    to: '',
  },
  {
    name: 'a candidate is warmed that is another artefact',
    file: before,
    from: '  await refuseChangedArtefact(ports, document);\n  const { baseline',
    to: '  const { baseline',
  },
  {
    name: 'a candidate is assessed that is another artefact',
    file: before,
    from: 'if (policy.enabled) await refuseChangedArtefact(ports, document);',
    to: '',
  },
  {
    name: 'a candidate is promoted that is another artefact',
    file: traffic,
    from: '  await refuseChangedArtefact(ports, document);\n',
    to: '',
  },
  {
    name: 'a candidate is warmed in a freeze window',
    file: before,
    from: '    guard: async () => refuseFrozen(ports, document),\n',
    to: '',
  },
  {
    name: 'an update in progress is taken for done',
    file: before,
    from: "  if (seen.update === 'inProgress') return undefined;\n",
    to: '',
  },
  {
    name: 'a retirement in progress is taken for done',
    file: traffic,
    from: "const gone = seen.update !== 'inProgress' && !seen",
    to: 'const gone = !seen',
  },
  {
    name: 'a release is planned on what has drifted',
    file: 'src/app/stages/plan-release.ts',
    from: '  if (drift.length > 0) {\n',
    to: '  if (drift.length > 100) {\n',
  },
  {
    name: 'a release is planned where a rollback is not ready',
    file: 'src/app/stages/plan-release.ts',
    from: "  if (config.mode === 'act') await requireReady(ports, { release, baseline: standby, policy }, seen);\n",
    to: '',
  },
  {
    name: 'a judgement asks for no epoch',
    file: health,
    from: '  await ports.ledger.assertLease(input.lease);\n  const document = await readPlan(ports, input.plan);\n  // The digest',
    to: '  const document = await readPlan(ports, input.plan);\n  // The digest',
  },
  {
    name: 'a step moves on while writes may arrive',
    file: health,
    from: "return kind === 'rollback' || now >=",
    to: 'return now >= 0 || now >=',
  },
  {
    name: 'a hold ends by good evidence',
    file: health,
    from: "return wait.kind === 'hold' ? kind === 'rollback' : kind !== 'wait';",
    to: "return kind !== 'wait';",
  },
  {
    name: 'a conclusion asks for no epoch before it looks',
    file: 'src/app/stages/conclude.ts',
    from: ' || row.epoch !== lease.epoch) return undefined;',
    to: ') return undefined;',
  },
  {
    name: 'what somebody else changed becomes good',
    file: 'src/app/stages/conclude.ts',
    from: 'if (intent === null || foreign.length === 0) return',
    to: 'if (intent === null || foreign.length >= 0) return',
  },
  {
    name: 'a promotion is closed while a write may arrive',
    file: 'src/app/ports/ledger-rules.ts',
    from: '    if (at < row.writesUntil) throw drainingNow(row);\n',
    to: '',
    judgedBy: looks,
  },
  {
    name: 'a promotion is concluded in the middle of an update',
    file: 'src/app/stages/conclude.ts',
    from: "if (seen.update === 'inProgress')",
    to: 'if (seen.stopped)',
    judgedBy: looks,
  },
  {
    name: 'a promotion is closed at the time after its look',
    file: 'src/app/stages/conclude.ts',
    from: 'outcome, at, good);',
    to: 'outcome, ports.clock.now(), good);',
    judgedBy: looks,
  },
  {
    name: 'a restore takes the time after its look',
    file: 'src/app/write/restore.ts',
    from: '  const now = ports.clock.now();\n  const seen = await serving.observe(lease.endpoint);\n',
    to: '  const seen = await serving.observe(lease.endpoint);\n  const now = ports.clock.now();\n',
    judgedBy: looks,
  },
];
