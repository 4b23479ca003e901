/**
 * The CRC-32 of bytes of which two parts are known. A CRC is a remainder of polynomials over one bit: that of both parts
 * is the first one's times x^(8 * length of the second), plus the second one's (zlib's crc32_combine does the same).
 */

const polynomial = 0xedb88320;
/** The polynomial 1: bits are in reverse order. */
const one = 0x80000000;

/** x^(2^n) for n from 0 on; they repeat after 32. */
const squares = Array.from({ length: 31 }).reduce<readonly number[]>(
  (found) => [...found, multiply(found.at(-1) ?? one, found.at(-1) ?? one)],
  [one >>> 1],
);

/** `first` and `second` are CRCs of neighbouring bytes, `secondLength` the bytes of the second part. */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  let shift = one;
  // 8 bits each: begin at x^(2^3).
  for (let left = secondLength, n = 3; left > 0; left = Math.floor(left / 2), n++) {
    if (left % 2 === 1) shift = multiply(squares[n % 32] ?? one, shift);
  }
  return (multiply(shift, first) ^ second) >>> 0;
}

function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = one, term = b; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= term;
    term = (term & 1) === 0 ? term >>> 1 : (term >>> 1) ^ polynomial;
  }
  return product >>> 0;
}
