import type { EndpointRecord } from './endpoint-record.ts';
import { isObject, textOf } from './json.ts';

/** The gateway's inference table of an endpoint, if its configuration asks for one. */
export function payloadTableOf(
  record: EndpointRecord,
): { readonly catalog: string; readonly schema: string; readonly table: string } | undefined {
  const gateway = record.extra['ai_gateway'];
  const table = isObject(gateway) ? gateway['inference_table_config'] : undefined;
  if (!isObject(table) || table['enabled'] !== true) return undefined;
  const catalog = textOf(table['catalog_name']);
  const schema = textOf(table['schema_name']);
  if (!catalog || !schema) return undefined;
  return { catalog, schema, table: `${textOf(table['table_name_prefix']) ?? record.name}_payload` };
}
