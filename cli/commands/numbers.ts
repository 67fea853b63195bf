import { InvalidArgumentError } from 'commander';

export function portNumber(text: string): number {
  return within(text, 0, 65_535, 'a port is a whole number from 0 to 65535');
}

export function seedNumber(text: string): number {
  return within(text, 0, 0xffff_ffff, 'a seed is a whole number from 0 to 4294967295');
}

export function secondsNumber(text: string): number {
  return within(text, 0, 86_400, 'seconds are a whole number from 0 to 86400');
}

export function orderNumber(text: string): number {
  return within(text, 0, 1e15, "an order is a line's number, 0 for all of them");
}

export function speedNumber(text: string): number {
  const speed = Number(text);
  // Above 10000 a poll a second apart would miss hours.
  if (text.trim() !== '' && speed > 0 && speed <= 10_000) return speed;
  throw new InvalidArgumentError('a speed is a number above 0, at most 10000.');
}

function within(text: string, low: number, high: number, says: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  throw new InvalidArgumentError(`${says}.`);
}
