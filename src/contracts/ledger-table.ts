/**
 * The shape of the ledger's one DynamoDB table, for whoever creates it: both keys are strings, there is no index
 * beside them, and no item expires. What the keys hold is the DynamoDB ledger's own affair.
 */
export const ledgerTable = { partitionKey: 'pk', sortKey: 'sk' } as const;
