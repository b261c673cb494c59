import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';

/** Who asks for metrics. */
export interface MetricsCaller {
  /** The header `Authorization`. */
  authorization: string | undefined;
  /** The client's address, as far as configured proxies are believed. */
  address: string;
  /** The request names a proxy that is not configured (`TRUST_PROXY`), so that the address is the proxy's and says nothing of the client. */
  isBehindUnknownProxy: boolean;
}

/** `METRICS_TOKEN` (undefined: none) and `METRICS_ALLOW_CIDRS`. */
export interface MetricsAccessOptions {
  token: string | undefined;
  allowCidrs: readonly string[];
}

/** Who may read metrics: whoever shows the token, or calls from a network of the list. */
export class MetricsAccess {
  private readonly tokenHash: Buffer | undefined;
  private readonly networks = new BlockList();

  constructor({ token, allowCidrs }: MetricsAccessOptions) {
    this.tokenHash = token === undefined ? undefined : hashOf(token);
    for (const entry of allowCidrs) {
      const [address = '', bits] = entry.split('/');
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      this.networks.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
    }
  }

  /** Why the caller may not, for people; undefined when he may. A wrong token is refused from everywhere: somebody set it up wrongly. */
  refusal({ authorization, address, isBehindUnknownProxy }: MetricsCaller): string | undefined {
    if (authorization !== undefined) {
      const shown = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      const isRight = shown !== undefined && this.tokenHash !== undefined && timingSafeEqual(hashOf(shown), this.tokenHash);
      return isRight
        ? undefined
        : 'The token is not that of METRICS_TOKEN; send "Authorization: Bearer <METRICS_TOKEN>", or no such header.';
    }
    if (isBehindUnknownProxy) {
      return 'The request came through a proxy that TRUST_PROXY does not name, so where it is from is not known; send "Authorization: Bearer <METRICS_TOKEN>", or name the proxy.';
    }
    if (this.isListed(address)) return undefined;
    return `The address ${address} is in no network of METRICS_ALLOW_CIDRS; send "Authorization: Bearer <METRICS_TOKEN>", or add the network.`;
  }

  private isListed(address: string): boolean {
    const plain = /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address;
    const version = isIP(plain);
    return version !== 0 && this.networks.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
