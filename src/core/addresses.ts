import ipaddr from 'ipaddr.js';

/* What an IP address is good for when somebody else chose it. The sender of webhooks judges by it what it connects to, forms what is typed. */

/** `public`: anybody's. `inside`: only by the list of the administrator. `never`: not even so. */
export type AddressKind = { kind: 'public' } | { kind: 'inside' | 'never'; what: string };

/** As ipaddr.js reads it. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** An address and how many of its bits count. */
export type Network = [Address, number];

const PUBLIC: AddressKind = { kind: 'public' };

/** Where clouds answer with the machine's credentials, beyond link-local ones: AWS, Google, Oracle and Scaleway by IPv6, Alibaba, Azure. */
const METADATA: readonly Network[] = [
  'fd00:ec2::/32',
  'fd20:ce::/32',
  'fd00:c1::/32',
  'fd00:42::/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
].map((cidr) => ipaddr.parseCIDR(cidr));

/** Ranges of ipaddr.js that stand for a place inside, and how they are called. */
const INSIDE: Readonly<Record<string, string>> = {
  loopback: 'an address of this machine itself (loopback)',
  private: 'a private address',
  carrierGradeNat: 'an address of a provider’s own network (100.64.0.0/10)',
  uniqueLocal: 'a private address (unique local)',
};

/** How the other ranges are called; those not named here are "reserved". */
const NEVER: Readonly<Record<string, string>> = {
  unspecified: 'no address of a receiver (0.0.0.0/8 or ::)',
  linkLocal: 'a link-local address, where clouds keep the metadata of a machine',
  deprecatedSiteLocal: 'a site-local address, which nobody may use any more',
  multicast: 'an address of many receivers (multicast)',
  broadcast: 'an address of many receivers (broadcast)',
  '6to4': 'an IPv4 address in disguise (6to4)',
  teredo: 'an IPv4 address in disguise (Teredo)',
  rfc6145: 'an IPv4 address in disguise (translated)',
};

/** NAT64 (RFC 6052): the one disguise that networks without IPv4 really need. */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');
/** What is handed out to the Internet; everything else of IPv6 is special or unassigned. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
const ISATAP_MARK = 0x5efe;

/**
 * What an address is, as `plainAddress` gives it. `isAllowed`: whether a network of the administrator holds an address; asked for the goal of NAT64 alone,
 * everything else inside is for the caller to look up.
 */
export function kindOf(address: Address, isAllowed: (address: Address) => boolean): AddressKind {
  if (METADATA.some((network) => isWithin(address, network)))
    return { kind: 'never', what: 'where a cloud keeps the metadata of a machine' };
  const range = address.range();
  const inside = INSIDE[range];
  if (inside !== undefined) return { kind: 'inside', what: inside };
  if (address instanceof ipaddr.IPv6) {
    if (isWithin(address, NAT64)) return behindNat64(address, isAllowed);
    if (isTunnel(address)) return { kind: 'never', what: 'an IPv4 address in disguise (ISATAP)' };
    if (range === 'unicast' && !isWithin(address, GLOBAL_UNICAST)) return { kind: 'never', what: 'an address that nobody was given' };
  }
  return range === 'unicast' ? PUBLIC : { kind: 'never', what: NEVER[range] ?? 'a reserved address' };
}

/** Judged by what it stands for as well: the list must hold the way and, where that is inside, the goal. */
function behindNat64(address: ipaddr.IPv6, isAllowed: (address: Address) => boolean): AddressKind {
  const goal = new ipaddr.IPv4(address.toByteArray().slice(12));
  const judged = kindOf(goal, isAllowed);
  const what = `${goal.toString()} behind NAT64`;
  if (judged.kind === 'never' || (judged.kind === 'inside' && !isAllowed(goal))) return { kind: 'never', what: `${what}, ${judged.what}` };
  return { kind: 'inside', what };
}

function isTunnel({ parts }: ipaddr.IPv6): boolean {
  return parts[5] === ISATAP_MARK && (parts[4] === 0 || parts[4] === 0x200);
}

/** IPv4 written as IPv6 is IPv4; a zone names an interface of ours and says nothing of the receiver. */
export function plainAddress(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return new ipaddr.IPv6(address.parts);
}

/** Whether a network holds an address; one of IPv4 never holds one of IPv6. */
export function isWithin(address: Address, [base, bits]: Network): boolean {
  if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
  return base instanceof ipaddr.IPv6 && address.match(base, bits);
}
