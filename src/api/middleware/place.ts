import { isIPv6 } from 'node:net';

/** The groups of an IPv6 address that one line of a provider has to itself (RFC 6177): whoever has the line has every address of it. */
const LINE_GROUPS = 4;

/** What stands for whoever calls from an address: an IPv4 address itself, the first 64 bits of an IPv6 address. */
export function placeOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').split('%', 1)[0] ?? '';
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  return `${groups.slice(0, LINE_GROUPS).join(':')}::/64`;
}
