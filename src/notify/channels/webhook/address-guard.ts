import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What may be connected to beside public addresses, and what may not in spite of that. */
export interface AddressPolicy {
  /** `WEBHOOK_ALLOW_CIDRS`: networks and single addresses that an administrator lets through. */
  allowCidrs: readonly string[];
  /** Addresses of this machine's own interfaces, now. */
  ownAddresses: () => readonly string[];
  /** Ports on which the platform itself listens now (some are any free one): never on an address of this machine, whatever the list says. */
  ownPorts: () => readonly number[];
  /** Ports of the platform's database and cache, now: on no address that is not public. */
  storePorts: () => readonly number[];
}

/** Says why an address and port must not be connected to, in half a sentence after the address; undefined when they may. */
export type AddressGuard = (address: string, port: number) => string | undefined;

/** `public`: anybody's. `inside`: only by the list of the administrator. `never`: not even so. */
type Kind = { kind: 'public' } | { kind: 'inside' | 'never'; what: string };

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

const PUBLIC: Kind = { kind: 'public' };

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
 * Makes the judge of addresses. Every public address may be connected to; loopback, private, unique local and provider's addresses and NAT64
 * only where a network of the list holds them; metadata, link-local, multicast, reserved and documentation addresses, 6to4, Teredo and other
 * disguises never. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is judged as IPv4. What is no address is refused.
 */
export function createAddressGuard(policy: AddressPolicy): AddressGuard {
  const allowed = policy.allowCidrs.map(networkOf);
  const isAllowed = (address: Address) => allowed.some((network) => isWithin(address, network));
  return (text, port) => {
    if (isIP(text) === 0) return 'is no IP address';
    const address = plain(ipaddr.parse(text));
    const judged = kindOf(address, isAllowed);
    if (judged.kind === 'never') return `is ${judged.what}; that is never connected to`;
    if (judged.kind === 'inside' && !isAllowed(address)) {
      return `is ${judged.what}; an administrator lets a network of the plant through with WEBHOOK_ALLOW_CIDRS`;
    }
    if (policy.ownPorts().includes(port) && isOwn(address, policy.ownAddresses()))
      return `with port ${String(port)} is the platform itself`;
    if (judged.kind === 'inside' && policy.storePorts().includes(port))
      return `with port ${String(port)} may be the platform’s own database`;
    return undefined;
  };
}

function kindOf(address: Address, isAllowed: (address: Address) => boolean): Kind {
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
function behindNat64(address: ipaddr.IPv6, isAllowed: (address: Address) => boolean): Kind {
  const goal = new ipaddr.IPv4(address.toByteArray().slice(12));
  const judged = kindOf(goal, isAllowed);
  const what = `${goal.toString()} behind NAT64`;
  if (judged.kind === 'never' || (judged.kind === 'inside' && !isAllowed(goal))) return { kind: 'never', what: `${what}, ${judged.what}` };
  return { kind: 'inside', what };
}

function isTunnel({ parts }: ipaddr.IPv6): boolean {
  return parts[5] === ISATAP_MARK && (parts[4] === 0 || parts[4] === 0x200);
}

function isOwn(address: Address, ownAddresses: readonly string[]): boolean {
  if (address.range() === 'loopback') return true;
  const text = address.toNormalizedString();
  return ownAddresses.some((own) => isIP(own) !== 0 && plain(ipaddr.parse(own)).toNormalizedString() === text);
}

/** IPv4 written as IPv6 is IPv4; a zone names an interface of ours and says nothing of the receiver. */
function plain(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return new ipaddr.IPv6(address.parts);
}

/** Of the configuration, which has checked it: a network, or one address. */
function networkOf(text: string): Network {
  const [base = '', bits] = text.split('/');
  const parsed = ipaddr.parse(base);
  const address = plain(parsed);
  const written = bits === undefined ? parsed.toByteArray().length * 8 : Number(bits);
  const isMapped = parsed.kind() !== address.kind();
  return [address, isMapped ? Math.max(0, written - 96) : written];
}

function isWithin(address: Address, [base, bits]: Network): boolean {
  if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
  return base instanceof ipaddr.IPv6 && address.match(base, bits);
}
