import { BlockList, isIP, isIPv4 } from 'node:net'

/** Says of an IP address whether a message may be sent there. */
export type AddressGuard = (address: string) => boolean

/** Not globally reachable, or not a single host: the IANA special-purpose registries (RFC 6890). */
const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Within the one block that is handed out: tunnels would carry a refused IPv4 address (6to4, Teredo), or are no hosts. */
const REFUSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']
const GLOBAL_V6 = ['2000::/3']

/** Everything but private, loopback, link-local and other special addresses, and what `allowed` (CIDR) lists. */
export function createAddressGuard(allowed: readonly string[]): AddressGuard {
  const exempt = listOf(allowed)
  const [refused, refused6, global6] = [listOf(REFUSED_V4), listOf(REFUSED_V6), listOf(GLOBAL_V6)]
  return (address) => {
    if (isIP(address) === 0) return false
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (exempt.check(address, family)) return true
    if (family === 'ipv4') return !refused.check(address, family)
    return global6.check(address, family) && !refused6.check(address, family)
  }
}

function listOf(blocks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    list.addSubnet(address, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family)
  }
  return list
}
