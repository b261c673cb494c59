import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isWithin, kindOf, plainAddress } from '../../../core/addresses.ts';
import type { Address, Network } from '../../../core/addresses.ts';

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
    const address = plainAddress(ipaddr.parse(text));
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

function isOwn(address: Address, ownAddresses: readonly string[]): boolean {
  if (address.range() === 'loopback') return true;
  const text = address.toNormalizedString();
  return ownAddresses.some((own) => isIP(own) !== 0 && plainAddress(ipaddr.parse(own)).toNormalizedString() === text);
}

/** Of the configuration, which has checked it: a network, or one address. */
function networkOf(text: string): Network {
  const [base = '', bits] = text.split('/');
  const parsed = ipaddr.parse(base);
  const address = plainAddress(parsed);
  const written = bits === undefined ? parsed.toByteArray().length * 8 : Number(bits);
  const isMapped = parsed.kind() !== address.kind();
  return [address, isMapped ? Math.max(0, written - 96) : written];
}
