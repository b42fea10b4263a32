/** The sum of all bytes, on top of what came before: a number holds that of 2^45 bytes. */
export function sumOf(bytes: Uint8Array, before: number): number {
  let sum = before;
  for (let at = 0; at < bytes.length; ++at) sum += bytes[at] ?? 0;
  return sum;
}
