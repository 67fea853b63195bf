import { createHmac } from 'node:crypto';
import { readJson } from '../src/adapters/monte-carlo/json-reader.ts';
import { signedText } from '../src/adapters/monte-carlo/signature.ts';

/** Raises a data incident as Monte Carlo would: its published payload, its signature, over HTTP. */
export async function postAlert(url: string, secret: string): Promise<void> {
  const body = JSON.stringify({
    account: { id: '9a59c6f1-203a-4c72-8cd7-132db7f21b92' },
    action: 'incident',
    type: 'open_anomaly_incident',
    version: 'v0.1',
    payload: {
      incident_id: 'f83867b6-8f25-428b-807c-08518f63384c',
      group_id: 'prod:features',
      url: 'https://getmontecarlo.com/incidents/f83867b6-8f25-428b-807c-08518f63384c',
      event_list: [{ event_details: 'Has 42 rows vs. 101 expected', table_name: 'transactions' }],
    },
  });
  const document = readJson(body);
  if (!(document instanceof Map)) throw new RangeError('The alert is a JSON object.');
  const signature = createHmac('sha512', secret).update(signedText(document)).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-mcd-signature': signature };
  const response = await fetch(url, { method: 'POST', headers, body });
  if (!response.ok) throw new RangeError(`The intake answered ${response.status}: ${await response.text()}`);
}
