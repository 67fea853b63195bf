import { CliFault } from '../fault.ts';

export function nothingLive(): CliFault {
  return new CliFault(
    'NothingLive',
    'no release is live',
    '`headgate status` shows what the endpoints serve',
    'conflict',
  );
}
