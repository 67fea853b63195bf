import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

export type Path = readonly (string | number)[];

/** Both from 1, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface YamlSource {
  /** Plain JSON; meaningless when there are syntax faults. */
  readonly value: unknown;
  readonly syntaxFaults: readonly { readonly place: Place; readonly says: string }[];
  /** Where the key at `path` is written, or the nearest of its ancestors that is. */
  placeOf(path: Path): Place;
}

/** Reads YAML 1.2 and remembers where everything stood. Never echoes a piece of the text: it may hold a secret. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntaxFaults = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    place: place(pos[0]),
    says: message,
  }));
  const value = syntaxFaults.length === 0 ? plainValue(document) : undefined;
  if (value === tangled) {
    syntaxFaults.push({ place: place(0), says: 'an anchor contains itself, or there are too many aliases' });
  }
  return {
    value,
    syntaxFaults,
    placeOf: (path) => place(offsetOf(document, path)),
  };
}

const tangled = Symbol('tangled');

function plainValue(document: Document.Parsed): unknown {
  try {
    // A copy, so that what two aliases share is no longer one object: an override of one must not change the other.
    return JSON.parse(JSON.stringify(document.toJS()));
  } catch {
    return tangled;
  }
}

function offsetOf(document: Document.Parsed, path: Path): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const segment of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(segment));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(segment)];
      if (item === undefined) return offset;
      offset = startOf(item) ?? offset;
      node = item;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0];
}

/** `endpoints.fraud.policy`, `steps[0].candidate`, `endpoints["prod.ml.fraud"].policy`. */
export function spell(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[\w-]+$/.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment)}]`;
  }
  return text === '' ? '(the whole file)' : text;
}

/** The part of a parsed value that lies at `path`. */
export function valueAt(value: unknown, path: Path): unknown {
  let part = value;
  for (const segment of path) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, segment)) return undefined;
    part = (part as Readonly<Record<string | number, unknown>>)[segment];
  }
  return part;
}

/** The members of a map, and nothing for what is no map. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
