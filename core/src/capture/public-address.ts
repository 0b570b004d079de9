// Which addresses are on the open internet: what a caller names must not reach into the network that the host stands in.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { unusable } from './found-file.js';

const NOT_PUBLIC: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** Of IPv6 one block is given out; these parts of it lead elsewhere. */
const GIVEN_OUT = ['2000::', 3] as const;
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const v4 = new BlockList();
for (const [network, prefix] of NOT_PUBLIC) v4.addSubnet(network, prefix, 'ipv4');
const v6 = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_6) v6.addSubnet(network, prefix, 'ipv6');
const v6Given = new BlockList();
v6Given.addSubnet(...GIVEN_OUT, 'ipv6');

export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (!isIPv6(address)) return !v4.check(address, 'ipv4');
  return v6Given.check(address, 'ipv6') && !v6.check(address, 'ipv6');
}

/** The addresses of a host, each of which is allowed. Errors: AD_INPUT_INVALID when one is not; those of the lookup. */
export async function allowedAddresses(
  host: string,
  pointer: string,
  isAllowed: (address: string) => boolean = isPublicAddress,
): Promise<string[]> {
  const found = isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host }];
  const addresses = found.map(({ address }) => address);
  if (!addresses.every(isAllowed)) throw notPublic(pointer);
  return addresses;
}

export const notPublic = (pointer: string): Error => unusable(pointer, 'leads to an address that is not public');
