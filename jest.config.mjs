// One Jest project per package. Tests run as native ES modules from the TypeScript sources: type errors are found by
// tsc (`npm run typecheck:tests`), workspace packages are mapped to their src folders, so no build has to come first.
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url)).replace(/[\\/]$/, '');

const packages = [
  { name: 'schemas', folder: 'schemas' },
  { name: 'core', folder: 'core' },
  { name: 'cli', folder: 'cli' },
  { name: 'mcp-server', folder: 'plugins/mcp-server' },
  { name: 'worker', folder: 'plugins/worker' },
  { name: 'provider-local', folder: 'plugins/provider-local' },
  { name: 'provider-aws', folder: 'plugins/provider-aws' },
  { name: 'test', folder: 'test' },
];

const project = ({ name, folder }) => ({
  displayName: name,
  rootDir: root,
  roots: [`<rootDir>/${folder}`],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/', '/\\.cache/'],
  testEnvironment: 'node',
  setupFiles: ['reflect-metadata'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: `${root}/tsconfig.test.json` }] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@agent-dispatch/(schemas|core)$': '<rootDir>/$1/src/index.ts',
    '^@agent-dispatch/schemas/(tools|json-pointer)$': '<rootDir>/schemas/src/$1.ts',
    '^@agent-dispatch/core/(provider|protocol|errors|testing)$': '<rootDir>/core/src/$1/index.ts',
    '^@agent-dispatch/core/dispatcher$': '<rootDir>/core/src/connect.ts',
    '^@agent-dispatch/core/host$': '<rootDir>/core/src/host.ts',
    '^@agent-dispatch/(mcp-server|worker|provider-local|provider-aws)$': '<rootDir>/plugins/$1/src/index.ts',
    '^@agent-dispatch/test/(.*)\\.js$': '<rootDir>/test/$1',
  },
});

export default {
  maxWorkers: 2,
  // Bounds what hangs, and nothing else: a small machine that is busy with other things must not fail a test.
  testTimeout: 30_000,
  projects: packages.map(project),
};
