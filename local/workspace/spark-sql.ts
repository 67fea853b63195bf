/** A named parameter of a statement, as the wire carries it. */
export interface StatementParameter {
  readonly name: string;
  readonly value: string | null;
  readonly type: string;
}

const duckTypes: Readonly<Record<string, string>> = {
  STRING: 'VARCHAR',
  INT: 'INTEGER',
  INTEGER: 'INTEGER',
  LONG: 'BIGINT',
  BIGINT: 'BIGINT',
  SHORT: 'SMALLINT',
  SMALLINT: 'SMALLINT',
  BYTE: 'TINYINT',
  TINYINT: 'TINYINT',
  DOUBLE: 'DOUBLE',
  FLOAT: 'FLOAT',
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  TIMESTAMP_NTZ: 'TIMESTAMP',
};

/** @returns DuckDB's name for a Spark parameter type, or undefined for one that the simulator does not know. */
export function duckType(sparkType: string): string | undefined {
  const upper = sparkType.toUpperCase();
  return /^DECIMAL(\(\d+(,\s*\d+)?\))?$/.test(upper) ? upper : duckTypes[upper];
}

/** Functions that Spark has and DuckDB names otherwise. Created once per warehouse. */
export const sparkMacros: readonly string[] = [
  'percentile(x, p) AS quantile_cont(x, p)',
  // Exact where Spark approximates: the answer is an element of the column in both.
  'percentile_approx(x, p) AS quantile_disc(x, p), (x, p, accuracy) AS quantile_disc(x, p)',
  'approx_percentile(x, p) AS quantile_disc(x, p), (x, p, accuracy) AS quantile_disc(x, p)',
  'unix_millis(t) AS epoch_ms(t)',
  'unix_micros(t) AS epoch_us(t)',
  'unix_seconds(t) AS CAST(floor(epoch(t)) AS BIGINT)',
  'timestamp_millis(n) AS make_timestamp(CAST(n AS BIGINT) * 1000)',
  'timestamp_micros(n) AS make_timestamp(CAST(n AS BIGINT))',
  'spark_to_timestamp(x) AS CAST(x AS TIMESTAMP)',
  'get_json_object(j, p) AS json_extract_string(j, p)',
  'nvl(a, b) AS coalesce(a, b)',
  "sha2(x, bits) AS CASE WHEN bits = 256 THEN sha256(x) ELSE error('sha2: only 256 bits are simulated') END",
  'startswith(a, b) AS starts_with(a, b)',
];

const token =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`]|``)*`|::|:[A-Za-z_]\w*|[A-Za-z_]\w*|\d+\w*|\s+|[\s\S]/g;

const simNow = "make_timestamp(getvariable('sim_now_us'))";
const simToday = `CAST(${simNow} AS DATE)`;

/** A Spark string literal, with either quote, in DuckDB's spelling. */
function stringLiteral(literal: string): string {
  const inner = literal.slice(1, -1).replace(/\\([\s\S])|''/g, (whole, escaped?: string) => {
    if (escaped === undefined) return literal.startsWith("'") ? "'" : whole;
    return { n: '\n', t: '\t', r: '\r', '0': '\0' }[escaped] ?? escaped;
  });
  return `'${inner.replaceAll("'", "''")}'`;
}

/**
 * Turns a Databricks SQL statement into DuckDB's dialect, token by token; literals and comments are never searched.
 * `:name` becomes a cast of `$name`, backticks become double quotes, double-quoted strings single-quoted ones,
 * `system.` the simulator's own catalogue, and the current time the simulator's.
 */
export function toDuckSql(statement: string, parameters: readonly StatementParameter[]): string {
  const types = new Map(parameters.map((parameter) => [parameter.name, duckType(parameter.type)]));
  const tokens = statement.match(token) ?? [];
  let out = '';
  for (let i = 0; i < tokens.length; i++) {
    const text = tokens[i] ?? '';
    const first = text[0] ?? '';
    if (text.startsWith('--') || text.startsWith('/*')) out += ' ';
    else if (first === "'" || first === '"') out += stringLiteral(text);
    else if (first === '`') out += `"${text.slice(1, -1).replaceAll('``', '`').replaceAll('"', '""')}"`;
    else if (first === ':' && /^:[A-Za-z_]/.test(text)) {
      const name = text.slice(1);
      out += `CAST($${name} AS ${types.get(name) ?? 'VARCHAR'})`;
    } else if (/^[A-Za-z_]/.test(text)) {
      const { word, taken } = translateWord(text, tokens, i);
      out += word;
      i += taken;
    } else out += text;
  }
  return out;
}

/** @returns the word in DuckDB's dialect and how many tokens after it belong to it. */
function translateWord(text: string, tokens: readonly string[], at: number): { word: string; taken: number } {
  const same = { word: text, taken: 0 };
  // A qualified name keeps its later parts: `t.now` is a column.
  if (tokens[at - 1] === '.') return same;
  const call = tokens[at + 1] === '(' && tokens[at + 2] === ')' ? 2 : 0;
  switch (text.toLowerCase()) {
    case 'system':
      return tokens[at + 1] === '.' ? { word: 'simulator', taken: 0 } : same;
    case 'current_timestamp':
      return { word: simNow, taken: call };
    case 'now':
      return call ? { word: simNow, taken: call } : same;
    case 'current_date':
    case 'curdate':
      return call || text.toLowerCase() === 'current_date' ? { word: simToday, taken: call } : same;
    case 'to_timestamp':
      return { word: 'spark_to_timestamp', taken: 0 };
    default:
      return same;
  }
}
