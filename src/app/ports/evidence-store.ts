import type { EvidenceRef } from '../../domain/evidence.ts';

/** Files that decisions rest on. Written once, never changed, read back with their digest checked. */
export interface EvidenceStore {
  /**
   * @param path Slash-separated segments of [A-Za-z0-9._-], such as `releases/rel-1a2b/certificates/step-1.json`.
   * Writing the same bytes again answers the same reference; other bytes under the same path get a path of their own
   * (`...-2.json`), so that nothing is ever overwritten. `LedgerUnavailable` when the store does not answer.
   */
  put(path: string, content: string, summary: string): Promise<EvidenceRef>;
  /** @throws ReleaseError `EvidenceInvalid` when it is missing or its digest differs. */
  get(reference: Pick<EvidenceRef, 'ref' | 'digest'>): Promise<string>;
}
