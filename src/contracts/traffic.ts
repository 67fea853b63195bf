import * as z from 'zod';

const secondsIn: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

/** `16/s`, `10/min`, `500/h`; read as a number a second, above 0. */
const pace = z
  .string()
  .regex(
    /^(?=.*[1-9])\d+(\.\d+)?\/(s|min|h)$/,
    'a pace is a number above 0 for each s, min or h, such as 16/s or 10/min',
  )
  .meta({ examples: ['16/s', '10/min'] })
  .transform((text) => {
    const [number = '', unit = ''] = text.split('/');
    return Number(number) / (secondsIn[unit] ?? Number.NaN);
  });

/** `0.5%`; read as a share from 0 to below 1. */
const percentage = z
  .string()
  .regex(/^\d{1,2}(\.\d+)?\s?%$/, 'a percentage from 0 to below 100 with its sign, such as 0.5%')
  .meta({ examples: ['0.5%', '2%'] })
  .transform((text) => Number(text.replace('%', '')) / 100);

/** `180ms`, `0.2s`; read as milliseconds. */
const latency = z
  .string()
  .regex(/^(?=.*[1-9])\d+(\.\d+)?\s?(ms|s)$/, 'a latency above 0 with ms or s, such as 180ms')
  .meta({ examples: ['180ms', '0.2s'] })
  .transform((text) => Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000));

const score = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?$/, 'a number from 0 to 1, such as 0.15')])
  .transform(Number)
  .refine((value) => value >= 0 && value <= 1, 'a number from 0 to 1, such as 0.15');

/** An endpoint's traffic while nothing is wrong: in the configuration, and on the command line as `rate=16/s,errors=0.5%`. */
export const trafficSchema = z
  .strictObject({
    rate: pace.describe('Requests of the whole endpoint: 16/s, 10/min.'),
    errors: percentage.describe('Answers of 500 and above, time-outs and resets: 0.5%.'),
    clientErrors: percentage.optional().describe('Answers 400 and 422.'),
    throttled: percentage.optional().describe('Answers 429.'),
    p95: latency.optional().describe('95th percentile of the latency: 180ms.'),
    p50: latency.optional().describe('Median of the latency; guessed from `p95` when absent.'),
    slow: percentage.optional().describe('Requests above the SLO, failed ones included.'),
    pairs: pace.optional().describe('New inputs that are scored on both sides: 30/min.'),
    pairSd: score.optional().describe('Standard deviation of the difference of their scores.'),
    score: score.optional().describe('Mean of the scores of live requests.'),
    scoreSd: score.optional().describe('Their standard deviation.'),
  })
  .refine(({ p50, p95 }) => p50 === undefined || (p95 !== undefined && p50 < p95), {
    path: ['p50'],
    message: 'the median lies below p95, which must be there too',
  });

export type ExpectedTraffic = z.output<typeof trafficSchema>;
export const trafficKeys: readonly string[] = Object.keys(trafficSchema.shape);
