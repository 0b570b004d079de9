// Where the HTTP server listens, as it is written on the command line.
import { BlockList, isIP } from 'node:net';

export interface ListenAddress {
  /** Without brackets. */
  host: string;
  /** 0: any that is free. */
  port: number;
}

const LOOPBACK = '127.0.0.1';
const FORM = /^(?:(?<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*):)?(?<port>\d{1,5})$/;

/** `8080`, `127.0.0.1:8080`, `[::1]:8080`, `mcp.example.com:8080`; undefined for anything else. A port alone is of this machine alone. */
export function readAddress(text: string): ListenAddress | undefined {
  const { host = LOOPBACK, port = '' } = FORM.exec(text)?.groups ?? {};
  if (port === '' || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine reaches an address that is listened on. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'));

/** As it stands in a URL or a Host header. */
export const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);
