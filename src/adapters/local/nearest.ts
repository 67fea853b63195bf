/**
 * The known word that a person probably meant: equal but for case, or within a third of its letters in edits
 * (insert, drop, replace, swap of neighbours). Undefined when none is that near.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: { word: string; edits: number } | undefined;
  for (const candidate of known) {
    const edits =
      candidate.toLowerCase() === word.toLowerCase()
        ? 0
        : edited(word.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.floor(Math.max(word.length, candidate.length) / 3);
    if (edits <= allowed && edits < (best?.edits ?? Number.POSITIVE_INFINITY))
      best = { word: candidate, edits };
  }
  return best?.word;
}

/** Optimal string alignment distance, row by row. */
function edited(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(at(row, j) + 1, at(next, j - 1) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, at(before, j - 2) + 1);
      }
      next.push(edits);
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

/** `did you mean "default"?`, or what there is to choose from. */
export function advice(word: string, known: Iterable<string>): string {
  const words = [...known];
  const meant = nearest(word, words);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return words.length === 0 ? 'there is none yet' : `choose one of ${words.join(', ')}`;
}
