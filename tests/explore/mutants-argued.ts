const ticks =
  'AwaitBaseline takes over at once, where the watcher tries the same at every tick; it is observed within 120 s all the same';
const told =
  'the alert was obeyed before; a comment that could not be written is kept for a person at once instead of later';
const shown = 'during an update the endpoint shows what served before, which is not what is waited for';
const ruled = 'AfterClaim lets only releases and drills come here, and both have a rule';

/**
 * Why it is no harm where the exploration does not miss a mutant, by its name. Argued ones are tried all the same, with
 * every fourth of the faults: one that is missed after all is told as killed.
 */
export const argued: Readonly<Record<string, string>> = {
  'the ledger asks no owning release':
    'an epoch is given to one owner only, so whoever holds the present one is the owning release',
  'a late registration takes the token over':
    'every token that a wait was told is answered, whichever of them is called the present one',
  'the reconciler promotes what does not serve':
    'only somebody else can have changed what serves since the soak; the conclusion looks itself, tells it and makes nothing good',
  'a retirement ends while writes may arrive':
    'the ledger closes no promotion while a write of its epoch may arrive (EndpointDraining), and Conclude asks again',
  'a retirement is given up while it is under way':
    'the ledger closes no promotion while a write of its epoch may arrive (EndpointDraining), and Conclude asks again',
  'the reconciler ends what is still under way':
    'the ledger closes no promotion while a write of its epoch may arrive (EndpointDraining), and the reconciler comes again',
  'a retirement begins while writes may arrive':
    'the ledger refuses the retiring write until then (EndpointDraining), and the watcher asks again at the next tick',
  'commands wait for a wait while the baseline is restored':
    'the restore settles whatever is pending, when it has begun and again when the baseline is observed',
  'the watcher looks for a wait that is over':
    'the ledger decides a wait once, whoever has looked, and what the look found is dropped',
  'the reconciler takes a late write for drift':
    'nothing ends before what it recorded has arrived, and an endpoint in the hands of a person is not looked at',
  'the reconciler takes an update in progress for drift':
    'an endpoint in an update shows what served before, and differs only where it had drifted already',
  'a release that owns the endpoint is taken for stillborn':
    'the ledger ends no record whose release owns an endpoint (LeaseHeldByOther)',
  'an update in progress is taken for done': shown,
  'a retirement in progress is taken for done': shown,
  'a forward write asks for no epoch before it looks':
    'the ledger asks for it when the write is recorded, before anything is sent',
  'a read-back asks for no epoch': 'it only reads: the alias and the wait that follow ask for it',
  'a look under traffic asks for no epoch':
    'what it decides reaches nobody who still owns anything: each write and wait after it asks',
  'a forward write takes any update in progress for its own':
    'the read-back, or the look at the warm-up, finds what the other update made',
  'a read-back takes a failed update for one on its way':
    'it is looked at until the retries are used up, and the baseline is restored then all the same',
  'a restore asks for no epoch before it looks':
    'the state has begun it, and the ledger asks again when a write is recorded or the alias is announced',
  'a way back begins without the ledger': 'the first step of the restore begins it, before it looks',
  'a restore is waited for only until it settles':
    'VerifyBaseline comes after it, and is not done before nothing can arrive any more',
  'a candidate is assessed that is another artefact':
    'the same is asked before the candidate is warmed, and again before it is promoted',
  'a release is planned on what has drifted':
    'its first write is refused as past a foreign change, and it is held',
  'a release is planned where a rollback is not ready': 'the same is asked before each increase',
  'a judgement asks for no epoch':
    'it writes a certificate and nothing else: whatever follows from it asks for the epoch',
  'a step moves on while writes may arrive':
    'the ledger refuses the next write until then (EndpointDraining), and it is tried again',
  'a conclusion asks for no epoch before it looks': 'the ledger asks for it when the endpoint is closed',
  'a read-back takes an update in progress for done':
    'while our own is in progress the endpoint shows what was before, which settles all the same; the next look under traffic finds what comes of another',
  'release: Catch 1 of ClaimEndpoint':
    'a claim loses the lease only for a release that has ended: the execution ends as ReleaseRejected instead of ReleaseSuperseded, and owns nothing',
  'release: Default of AfterPlan': ruled,
  'release: Default of AfterWarm': ruled,
  'release: Default of AfterHold':
    'a hold ends in going on with a state of the list, or in a judgement where a release has traffic: each has a rule',
  'release: Retry 1 of RestoreBaseline': ticks,
  'release: Retry 2 of RestoreBaseline': ticks,
  'release: Retry 1 of VerifyBaseline': ticks,
  'release: Retry 2 of VerifyBaseline': ticks,
  'release: Retry 3 of VerifyBaseline': ticks,
  'release: Retry 4 of VerifyBaseline': ticks,
  'release: Retry 2 of Conclude':
    'the reconciler takes over, and promotes as soon as nothing can arrive any more',
  'release: Retry 1 of AwaitBaseline':
    'its Catch enters the same state again; a ledger that is away for an hour fills the history, and the reconciler goes on',
  'alertResponse: Retry 1 of CommentAlert': told,
  'alertResponse: Retry 2 of CommentAlert': told,
  'alertResponse: Retry 1 of QuarantineAlert':
    'its Catch ends in AlertUnanswered, and an alert that nobody marked as answered is brought again',
};
