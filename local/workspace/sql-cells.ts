import {
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';

const typeNames: Readonly<Partial<Record<DuckDBTypeId, { name: string; text: string }>>> = {
  [DuckDBTypeId.BOOLEAN]: { name: 'BOOLEAN', text: 'BOOLEAN' },
  [DuckDBTypeId.TINYINT]: { name: 'BYTE', text: 'TINYINT' },
  [DuckDBTypeId.SMALLINT]: { name: 'SHORT', text: 'SMALLINT' },
  [DuckDBTypeId.INTEGER]: { name: 'INT', text: 'INT' },
  [DuckDBTypeId.UINTEGER]: { name: 'LONG', text: 'BIGINT' },
  [DuckDBTypeId.BIGINT]: { name: 'LONG', text: 'BIGINT' },
  [DuckDBTypeId.UBIGINT]: { name: 'LONG', text: 'BIGINT' },
  // DuckDB widens a sum of integers; Spark answers BIGINT.
  [DuckDBTypeId.HUGEINT]: { name: 'LONG', text: 'BIGINT' },
  [DuckDBTypeId.FLOAT]: { name: 'FLOAT', text: 'FLOAT' },
  [DuckDBTypeId.DOUBLE]: { name: 'DOUBLE', text: 'DOUBLE' },
  [DuckDBTypeId.DATE]: { name: 'DATE', text: 'DATE' },
  [DuckDBTypeId.TIMESTAMP]: { name: 'TIMESTAMP', text: 'TIMESTAMP' },
  [DuckDBTypeId.TIMESTAMP_TZ]: { name: 'TIMESTAMP', text: 'TIMESTAMP' },
  [DuckDBTypeId.VARCHAR]: { name: 'STRING', text: 'STRING' },
  [DuckDBTypeId.SQLNULL]: { name: 'NULL', text: 'VOID' },
  [DuckDBTypeId.LIST]: { name: 'ARRAY', text: 'ARRAY<STRING>' },
  [DuckDBTypeId.STRUCT]: { name: 'STRUCT', text: 'STRUCT<>' },
  [DuckDBTypeId.MAP]: { name: 'MAP', text: 'MAP<STRING,STRING>' },
};

/** The manifest's names for a column type. */
export function sparkType(type: DuckDBType): { name: string; text: string } {
  if (type.typeId === DuckDBTypeId.DECIMAL) return { name: 'DECIMAL', text: String(type) };
  return typeNames[type.typeId] ?? { name: 'STRING', text: 'STRING' };
}

/** A cell as the wire shows it: text, or null. Whole doubles keep their `.0`, times have milliseconds and a `Z`. */
export function cellText(value: DuckDBValue): string | null {
  if (value === null) return null;
  if (typeof value === 'number') return doubleText(value);
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return new Date(Number(value.micros / 1000n)).toISOString();
  }
  if (value instanceof DuckDBDateValue) return value.toString();
  if (isNested(value)) return JSON.stringify(leaves(value));
  return String(value);
}

/** Integers arrive as numbers too, so the column's type decides. */
export function columnCells(type: DuckDBType, values: readonly DuckDBValue[]): (string | null)[] {
  const whole = type.typeId !== DuckDBTypeId.DOUBLE && type.typeId !== DuckDBTypeId.FLOAT;
  return values.map((value) => (typeof value === 'number' && whole ? String(value) : cellText(value)));
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return Number.isInteger(value) && Math.abs(value) < 1e7 ? value.toFixed(1) : String(value);
}

type Nested = DuckDBListValue | DuckDBStructValue | DuckDBMapValue;

function isNested(value: DuckDBValue): value is Nested {
  return (
    value instanceof DuckDBListValue || value instanceof DuckDBStructValue || value instanceof DuckDBMapValue
  );
}

function leaves(value: DuckDBValue): unknown {
  if (value instanceof DuckDBListValue) return value.items.map(leaves);
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(value.entries.map((entry) => [cellText(entry.key), leaves(entry.value)]));
  }
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, inner]) => [name, leaves(inner)]));
  }
  return cellText(value);
}
