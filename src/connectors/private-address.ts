import { BlockList, isIP } from 'node:net';

/**
 * Networks without public servers: a base URL that resolves to one reaches into the operator's own network. Two lists, because
 * `BlockList` treats every IPv4 address as an IPv6 address under ::ffff:0:0/96.
 */
const refused = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, bits] of [
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
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  refused.ipv4.addSubnet(network, bits, 'ipv4');
}
/** All of IPv6 except global unicast (2000::/3); within that, ranges for documentation and tunnels. */
for (const [network, bits] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  refused.ipv6.addSubnet(network, bits, 'ipv6');
}

/** Prefixes under which an IPv6 address stands for an IPv4 one: mapped, and translated by NAT64. */
const embedding = [/^::ffff:/i, /^64:ff9b::/i];

/** Whether the address is private, local, reserved or not an address at all. */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').split('%', 1)[0] ?? '';
  switch (isIP(bare)) {
    case 4:
      return refused.ipv4.check(bare, 'ipv4');
    case 6: {
      const prefix = embedding.find((one) => one.test(bare));
      if (prefix === undefined) return refused.ipv6.check(bare, 'ipv6');
      return isPrivateAddress(embeddedIpv4(bare.replace(prefix, '')));
    }
    default:
      return true;
  }
}

/** `10.0.0.1` and `a00:1`, the two ways to write the last 32 bits. */
function embeddedIpv4(tail: string): string {
  if (isIP(tail) === 4) return tail;
  const [high = '', low = ''] = tail.includes(':') ? tail.split(':') : ['0', tail];
  const bits = Number.parseInt(high, 16) * 0x1_0000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.');
}
