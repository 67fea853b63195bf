export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** Largest state input, output, task answer or variable: 256 KiB of UTF-8 JSON (Step Functions quota). */
export const MAX_PAYLOAD_BYTES = 262_144;

/** What `value` becomes on its way through JSON; nothing (undefined, a function) becomes null, as in Lambda's answer. */
export function throughJson(value: unknown): JsonValue {
  const text = JSON.stringify(value);
  return text === undefined ? null : JSON.parse(text);
}

export const payloadBytes = (value: JsonValue): number => Buffer.byteLength(JSON.stringify(value));

export const exceedsPayloadLimit = (value: JsonValue): boolean => payloadBytes(value) > MAX_PAYLOAD_BYTES;

export function isJsonObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
