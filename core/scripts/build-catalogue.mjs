// Writes catalogue.json: the manifests of the provider packages of this repository, as data that ships with core.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from '@agent-dispatch/schemas';

const core = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const plugins = path.join(core, '..', 'plugins');
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

const catalogue = readdirSync(plugins)
  .map((name) => path.join(plugins, name))
  .filter((folder) => existsSync(path.join(folder, 'package.json')))
  .map((folder) => ({ folder, packageJson: readJson(path.join(folder, 'package.json')) }))
  .filter(({ packageJson }) => packageJson.keywords?.includes('agentdispatch-provider') && !packageJson.private)
  .map(({ folder, packageJson }) => ({
    packageName: packageJson.name,
    version: packageJson.version,
    manifest: readJson(path.join(folder, packageJson.agentdispatch.manifest)),
  }))
  .sort((a, b) => a.packageName.localeCompare(b.packageName, 'en'));

const invalid = catalogue.flatMap(({ packageName, manifest }) =>
  validate('ProviderManifest', manifest).map(({ pointer, message }) => `${packageName}: ${pointer} ${message}`),
);
if (invalid.length > 0) throw new Error(`Invalid manifests:\n${invalid.join('\n')}`);

writeFileSync(path.join(core, 'catalogue.json'), `${JSON.stringify(catalogue, null, 2)}\n`);
