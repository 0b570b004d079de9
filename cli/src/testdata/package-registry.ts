// A package registry of a few packages on this machine: as much of the wire format as the installer's npm reads.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export interface Published {
  packageJson: { name: string; version: string } & Record<string, unknown>;
  /** Name -> content. */
  files: Record<string, string>;
}

export class PackageRegistry {
  private readonly tarballs = new Map<string, { packageJson: Published['packageJson']; tarball: Buffer }>();
  private readonly server: Server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '/').slice(1));
    const asked = this.tarballs.get(name.replace(/\.tgz$/, ''));
    if (asked === undefined) return void response.writeHead(404).end('{}');
    if (name.endsWith('.tgz')) return void response.end(asked.tarball);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(this.document(asked)));
  });

  static async start(packages: readonly Published[]): Promise<PackageRegistry> {
    const registry = new PackageRegistry();
    for (const one of packages)
      registry.tarballs.set(one.packageJson.name, { packageJson: one.packageJson, tarball: await pack(one) });
    await new Promise<void>((resolve) => registry.server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private document({ packageJson, tarball }: { packageJson: Published['packageJson']; tarball: Buffer }): object {
    const { name, version } = packageJson;
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const dist = { tarball: `${this.url}${encodeURIComponent(name)}.tgz`, integrity };
    return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...packageJson, dist } } };
  }
}

async function pack({ packageJson, files }: Published): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'agentdispatch-pack-'));
  try {
    await mkdir(path.join(folder, 'package'));
    const all = { ...files, 'package.json': JSON.stringify(packageJson) };
    for (const [name, text] of Object.entries(all)) await writeFile(path.join(folder, 'package', name), text);
    await promisify(execFile)('tar', ['-czf', 'package.tgz', 'package'], { cwd: folder });
    return await readFile(path.join(folder, 'package.tgz'));
  } finally {
    await rm(folder, { recursive: true });
  }
}
