/** Looks for secret values where none may be: an exact search, with the forms in which a value travels. */

/** A text that was written somewhere, and where. */
export interface Written {
  readonly place: string;
  readonly text: string;
}

export interface Leak {
  readonly place: string;
  /** Which secret; never its value. */
  readonly secret: string;
}

export interface Sought {
  /** Values by name. */
  readonly values: Readonly<Record<string, string>>;
  /** What has no value that is known beforehand, such as a token that was minted on the way. */
  readonly patterns: Readonly<Record<string, RegExp>>;
}

/** A leak for each place and secret. @throws RangeError for a value that is too short to be told from chance */
export function leaksIn(written: readonly Written[], { values, patterns }: Sought): Leak[] {
  const forms = Object.entries(values).map(([secret, value]) => ({ secret, forms: formsOf(value) }));
  return written.flatMap(({ place, text }) => [
    ...forms
      .filter((one) => one.forms.some((form) => text.includes(form)))
      .map(({ secret }) => ({ place, secret })),
    ...Object.entries(patterns)
      .filter(([, pattern]) => pattern.test(text))
      .map(([secret]) => ({ place, secret })),
  ]);
}

/**
 * As it is; as a part of a URL; and in base64, at each of the three offsets that something before it (such as
 * `user:`) may give it. The characters that depend on its neighbours are left off.
 */
function formsOf(value: string): string[] {
  if (value.length < 16) throw new RangeError('A secret of fewer than 16 characters cannot be searched for.');
  const inBase64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + value).toString('base64');
    // 8 bits of what is before spoil 2 characters, 16 bits 3; at the end up to 4 with the padding.
    return encoded.slice(offset === 0 ? 0 : offset + 1, -4);
  });
  return [value, encodeURIComponent(value), ...inBase64];
}
