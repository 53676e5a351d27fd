/** Networks of IPv4 that are no public hosts (IANA, IPv4 Special-Purpose Address Registry). */
const SPECIAL = [
  "0.0.0.0/8", // this network, unspecified
  "10.0.0.0/8", // private
  "100.64.0.0/10", // of carriers (CGNAT)
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local, and where clouds keep their secrets
  "172.16.0.0/12", // private
  "192.0.0.0/24", // of protocols
  "192.0.2.0/24", // of documents
  "192.88.99.0/24", // relays of 6to4
  "192.168.0.0/16", // private
  "198.18.0.0/15", // of benchmarks
  "198.51.100.0/24", // of documents
  "203.0.113.0/24", // of documents
  "224.0.0.0/3", // multicast, reserved, broadcast
].map((network) => {
  const [base = "", bits = ""] = network.split("/");
  return { base: ipv4(base) ?? 0, size: 2 ** (32 - Number(bits)) };
});

/**
 * Whether a numeric address belongs to a public host. Public in IPv6: global unicast (2000::/3, RFC
 * 4291) except its reserved networks, and NAT64 and 6to4 addresses of public IPv4 hosts; never a
 * mapped address (`::ffff:…`).
 */
export function isPublic(address: string): boolean {
  const number = ipv4(address);
  if (number !== null) return isPublicNumber(number);
  const groups = ipv6(address);
  if (groups === null) return false;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  // NAT64 (RFC 6052), by which hosts without IPv4 reach IPv4 hosts
  if (a === 0x64 && b === 0xff9b && c + d + e + f === 0) return isPublicNumber(g * 65_536 + h);
  // 6to4 (RFC 3056)
  if (a === 0x2002) return isPublicNumber(b * 65_536 + c);
  const isOfProtocols = a === 0x2001 && b < 0x200; // with Teredo, RFC 2928
  const isOfDocuments = (a === 0x2001 && b === 0xdb8) || (a === 0x3fff && b < 0x1000);
  return a >= 0x2000 && a <= 0x3fff && !isOfProtocols && !isOfDocuments;
}

function isPublicNumber(number: number): boolean {
  return !SPECIAL.some(({ base, size }) => Math.floor(number / size) === Math.floor(base / size));
}

function ipv4(text: string): number | null {
  const parts = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) ? text.split(".").map(Number) : [256];
  return parts.some((it) => it > 255) ? null : parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** The eight groups of an IPv6 address; null for any other text, and for one with a zone. */
function ipv6(text: string): number[] | null {
  // The URL parser reads all ways of writing an address and returns one canonical form.
  const host = URL.parse(`http://[${text}]/`)?.hostname;
  if (host === undefined || !/^[0-9a-f:.]+$/i.test(text)) return null;
  const [left = "", right] = host.slice(1, -1).split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":").map((it) => parseInt(it, 16));
  const [first, last] = [groups(left), groups(right ?? "")];
  return [...first, ...Array(8 - first.length - last.length).fill(0), ...last];
}
