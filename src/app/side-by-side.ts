/**
 * Works on everything at the same time, but on `most` at once: a thousand endpoints must not become a thousand open
 * requests, and one that does not answer must not keep the rest waiting.
 * @throws What the first piece of work threw that failed, once all were tried.
 */
export async function sideBySide<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  most = 64,
): Promise<void> {
  const queue = items.values();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of queue) await work(item).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
