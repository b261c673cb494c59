import ipaddr from 'ipaddr.js';
import { kindOf, plainAddress } from '../../src/core/addresses.ts';

/*
 * Of a URL with an IP address in it one can tell at once whether it will be sent to; names are looked up when something is sent. The sender judges
 * every attempt by the same table, whatever a form said.
 */

/** Why nothing is ever sent to the address in a URL, or undefined when that cannot be told. */
export function neverSentTo(url: string): string | undefined {
  const found = addressIn(url);
  if (found?.kind !== 'never') return undefined;
  return `The address ${found.address} is ${found.what}; nothing is ever sent there, so enter another one.`;
}

/** What an administrator has to do before something is sent to the address in a URL; undefined when nothing, or when that cannot be told. */
export function sentWhenAllowed(url: string): string | undefined {
  const found = addressIn(url);
  if (found?.kind !== 'inside') return undefined;
  return `The address ${found.address} is ${found.what}; it is sent to only where WEBHOOK_ALLOW_CIDRS of the platform holds it.`;
}

function addressIn(url: string) {
  if (!URL.canParse(url)) return undefined;
  // A URL has every notation of IPv4 (0x7f.1, 2130706433) as four decimal numbers, and IPv6 in brackets.
  const address = new URL(url).hostname.replaceAll(/[[\]]/g, '');
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return undefined;
  // Whether a list lets the goal of NAT64 through is not known here; the benefit of the doubt is its.
  const judged = kindOf(plainAddress(ipaddr.parse(address)), () => true);
  return judged.kind === 'public' ? undefined : { address, ...judged };
}
