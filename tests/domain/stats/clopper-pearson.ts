/**
 * Whether `rate` exceeds the 97.5 % Clopper-Pearson upper bound of a probability seen `seen` times in `runs`:
 * that many or fewer would be seen with probability at most 2.5 % if the truth were `rate`.
 */
export function isProvenBelow(rate: number, seen: number, runs: number): boolean {
  let logTerm = runs * Math.log1p(-rate);
  let tail = 0;
  for (let k = 0; k <= seen; k += 1) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((runs - k) / (k + 1)) + Math.log(rate / (1 - rate));
  }
  return tail <= 0.025;
}
