// Crockford's base32 in lower case: the alphabet of every id we make.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The value as `length` digits, most significant first. */
export function toBase32(value: bigint, length: number): string {
  let digits = '';
  for (let rest = value; digits.length < length; rest >>= 5n) digits = ALPHABET.charAt(Number(rest & 31n)) + digits;
  return digits;
}

export function fromBase32(digits: string): bigint {
  let value = 0n;
  for (const digit of digits) {
    const weight = ALPHABET.indexOf(digit);
    if (weight < 0) throw new TypeError(`not a base32 digit: ${JSON.stringify(digit)}`);
    value = (value << 5n) | BigInt(weight);
  }
  return value;
}

/** Bytes as an unsigned integer, most significant first. */
export const toBigInt = (bytes: Uint8Array): bigint => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
