/** A statement that failed, in the words of the warehouse that is simulated. */
export interface SqlFailure {
  readonly kind: 'failure';
  readonly sqlState: string;
  readonly message: string;
}

/** DuckDB's error by its wording, with the class and SQLSTATE that Databricks gives the same mistake. */
const known: readonly (readonly [pattern: RegExp, condition: string, sqlState: string])[] = [
  [/^(Failed to extract statements: )?Parser Error/, 'PARSE_SYNTAX_ERROR', '42601'],
  [
    /^Catalog Error: (Table|View).*does not exist|^Binder Error: Catalog .* does not exist|^Catalog Error: .*schema/i,
    'TABLE_OR_VIEW_NOT_FOUND',
    '42P01',
  ],
  [/^Catalog Error: .*Function/, 'UNRESOLVED_ROUTINE', '42883'],
  [/^Binder Error: (Referenced column|Table|Values list)/, 'UNRESOLVED_COLUMN.WITH_SUGGESTION', '42703'],
  [/^Conversion Error/, 'CAST_INVALID_INPUT', '22018'],
  [/parameters?, but|Values were not provided/i, 'UNBOUND_SQL_PARAMETER', '42P02'],
  [/^Permission Error/, 'INSUFFICIENT_PERMISSIONS', '42501'],
  [/^Binder Error/, 'DATATYPE_MISMATCH', '42K09'],
];

export function sqlFailure(error: unknown): SqlFailure {
  const message = error instanceof Error ? error.message : String(error);
  const [, condition, sqlState] = known.find(([pattern]) => pattern.test(message)) ?? [
    undefined,
    'INTERNAL_ERROR',
    'XX000',
  ];
  return { kind: 'failure', sqlState, message: `[${condition}] ${message} SQLSTATE: ${sqlState}` };
}
