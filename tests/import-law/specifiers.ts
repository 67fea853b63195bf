/** One import of a module: what it asks for, and whether only types come over. */
export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** A string, a comment, a regular expression after an operator, or a word or sign, in the order of the text. */
const token =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*|[A-Za-z_$][\w$]*|\d[\w.]*|[^\s]/g;

/** After these a `/` begins a regular expression; after anything else it divides. */
const beforeExpression = /^(?:[=(,:;!&|?{}[+\-*%<>~^]|return|case|typeof|in|of|await|yield|throw|new|void)$/;

/** The text as tokens, without comments. A template literal is one token; imports inside one are code only in `${}`. */
export function tokens(source: string): string[] {
  const found: string[] = [];
  token.lastIndex = 0;
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    const text = match[0];
    if (text.startsWith('//') || text.startsWith('/*')) continue;
    const before = found.at(-1);
    if (text.length > 1 && text.startsWith('/') && before !== undefined && !beforeExpression.test(before)) {
      found.push('/');
      token.lastIndex = match.index + 1;
      continue;
    }
    found.push(text);
  }
  return found;
}

const isString = (text: string | undefined): text is string => text !== undefined && /^['"`]/.test(text);
const unquoted = (text: string): string => text.slice(1, -1);

/**
 * Every specifier that a module imports or re-exports from, `import()` and `import type` included. A dynamic import of
 * something that is not a plain string is given as `(computed)`: nobody can tell what it asks for.
 */
export function importsOf(source: string): Import[] {
  const all = tokens(source);
  const found: Import[] = [];
  for (const [at, word] of all.entries()) {
    const before = all[at - 1];
    const after = all[at + 1];
    if ((word !== 'import' && word !== 'export') || before === '.') continue;
    if (word === 'import' && after === '(') {
      const asked = all[at + 2];
      const plain = isString(asked) && !asked.includes('${') && [')', ','].includes(all[at + 3] ?? '');
      found.push({ specifier: plain ? unquoted(asked) : '(computed)', typeOnly: false });
    } else if (word === 'import' && isString(after)) {
      found.push({ specifier: unquoted(after), typeOnly: false });
    } else {
      const from = clauseEnd(all, at + 1);
      const asked = all[from + 1];
      if (all[from] === 'from' && isString(asked))
        found.push({ specifier: unquoted(asked), typeOnly: after === 'type' && all[at + 2] !== 'from' });
    }
  }
  return found;
}

/** Position of the `from` of an import or export clause, or of the first token that cannot be in one. */
function clauseEnd(all: readonly string[], start: number): number {
  let at = start;
  while (at < all.length) {
    const word = all[at] ?? '';
    if (word === 'from' && isString(all[at + 1])) return at;
    if (!/^(?:[\w$]+|[{},*])$/.test(word) && !isString(word)) return at;
    if (['const', 'let', 'function', 'class', 'interface', 'default', 'async', 'import'].includes(word))
      return at;
    at += 1;
  }
  return at;
}
