import { leastShare, type Pair, type SideCounts } from '../../src/domain/evidence.ts';
import { instant, millis } from '../../src/domain/units.ts';
import { JsonBytes, keysOf } from './bytes.ts';
import { momentOf } from './moment.ts';
import { type Building, MOST_SECONDS, type ObservationRecord } from './record.ts';
import { SideScanner } from './side-scanner.ts';

const recordKeys = keysOf(
  ...['series', 't', 'part', 'windowS', 'share', 'step', 'baseline', 'candidate', 'pairs', 'missing'],
);
const pairKeys = keysOf('metric', 'baseline', 'candidate', 'input');

/** What was read of a record so far. */
interface Draft {
  series: string;
  t: string;
  part: number;
  seconds: number;
  share: number | undefined;
  step: number;
  baseline: SideCounts | null;
  candidate: SideCounts | null;
  pairs: Pair[] | undefined;
  missing: number | undefined;
}

/** One draft serves all records: to make an object for each line takes time, and so does Object.assign. */
function begin(draft: Draft): void {
  draft.series = '';
  draft.t = '';
  draft.part = 0;
  draft.seconds = 0;
  draft.share = undefined;
  draft.step = 0;
  draft.baseline = null;
  draft.candidate = null;
  draft.pairs = undefined;
  draft.missing = undefined;
}

/**
 * Reads records of the usual form in a third of the time that JSON.parse and the checks of `RecordReader` take. Whatever
 * is unusual or wrong is left to that reader, which knows all there is and says what is wrong: a record that is read
 * here is the one that it would read.
 */
export class RecordScanner {
  readonly #json = new JsonBytes();
  readonly #baseline = new SideScanner(this.#json);
  readonly #candidate = new SideScanner(this.#json);
  readonly #draft: Draft = {
    series: '',
    t: '',
    part: 0,
    seconds: 0,
    share: undefined,
    step: 0,
    baseline: null,
    candidate: null,
    pairs: undefined,
    missing: undefined,
  };
  #end = 0;

  /** Where the last record ended. */
  get end(): number {
    return this.#end;
  }

  /** What only the reader can tell: that the edges of these histograms are right. */
  learn({ baseline, candidate }: ObservationRecord): void {
    this.#baseline.learn(baseline);
    this.#candidate.learn(candidate);
  }

  /** The record that begins at `from` and ends its line; undefined where it is left to `RecordReader`. */
  scan(bytes: Buffer, from: number): ObservationRecord | undefined {
    const json = this.#json;
    json.start(bytes, from);
    const record = this.#record();
    if (!json.ok || json.peek() !== LINE_FEED) return undefined;
    this.#end = json.at + 1;
    return record;
  }

  #record(): ObservationRecord | undefined {
    const json = this.#json;
    const draft = this.#draft;
    begin(draft);
    let key = -1;
    json.take(OPEN_MAP);
    do {
      key = json.key(recordKeys, key + 1);
      this.#member(key);
    } while (json.another(CLOSE_MAP));
    const { series, t, part, seconds, share, step, baseline, candidate, pairs, missing } = draft;
    const at = momentOf(t);
    const isRight =
      seconds > 0 && seconds <= MOST_SECONDS && (share === undefined || (share >= leastShare && share <= 1));
    if (!json.ok || !isRight || at === undefined || series === '') {
      json.fail();
      return undefined;
    }
    const record: Building = {
      series,
      t,
      part,
      at: instant(at),
      span: millis(seconds * 1000),
      step,
      baseline,
      candidate,
    };
    if (share !== undefined) record.share = share;
    if (missing !== undefined) record.missing = missing;
    if (pairs !== undefined) record.pairs = pairs;
    return record;
  }

  /** Reads the member of this index in `recordKeys`. */
  #member(key: number): void {
    const json = this.#json;
    const draft = this.#draft;
    if (key === 0) draft.series = json.knownText();
    else if (key === 1) draft.t = json.text();
    else if (key === 2) draft.part = json.count();
    else if (key === 3) draft.seconds = json.number();
    else if (key === 4) draft.share = json.number();
    else if (key === 5) draft.step = json.count();
    else if (key === 6) draft.baseline = this.#baseline.scan();
    else if (key === 7) draft.candidate = this.#candidate.scan();
    else if (key === 8) draft.pairs = this.#pairs();
    else if (key === 9) draft.missing = json.count();
  }

  #pairs(): Pair[] {
    const json = this.#json;
    json.take(OPEN_LIST);
    const pairs = [this.#pair()];
    while (json.another(CLOSE_LIST)) pairs.push(this.#pair());
    return pairs;
  }

  #pair(): Pair {
    const json = this.#json;
    let [metric, input] = ['', ''];
    let [baseline, candidate] = [2, 2];
    let key = -1;
    json.take(OPEN_MAP);
    do {
      key = json.key(pairKeys, key + 1);
      if (key === 0) metric = json.knownText();
      else if (key === 1) baseline = json.number();
      else if (key === 2) candidate = json.number();
      else if (key === 3) input = json.text();
    } while (json.another(CLOSE_MAP));
    if (metric === '' || input === '' || baseline > 1 || candidate > 1) json.fail();
    return { metric, baseline, candidate, input };
  }
}

const [LINE_FEED, OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [10, 91, 93, 123, 125];
