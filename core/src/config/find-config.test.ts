import { chown } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { readConfig, searchConfig } from './find-config.js';
import { TemporaryDirectories } from './testdata/temporary-directory.js';

const directories = new TemporaryDirectories();
afterEach(() => directories.clean());

/** Two users that are neither root nor, as far as the test can help it, the one who runs it. */
const [OWNER, SEEKER] = [123_456, 123_457];

describe("another user's configuration", () => {
  it.each(['agentdispatch.config.json', 'agentdispatch.config.yaml', 'package.json'])(
    'is not taken from a shared directory above: %s',
    async (name) => {
      const root = await directories.make({ [name]: { agentdispatch: {} }, 'project/.keep': '' });
      // Root is trusted, so its files are given away; another user's test already plays the owner.
      if (process.getuid?.() === 0) await chown(path.join(root, name), OWNER, OWNER);
      await expect(searchConfig(path.join(root, 'project'), '/nobody', SEEKER)).rejects.toMatchObject({
        code: 'AD_CONFIG_UNREADABLE',
        message: expect.stringContaining('belongs to another user'),
      });
    },
  );

  it('is read when it is named', async () => {
    const root = await directories.make({ 'agentdispatch.config.json': {} });
    const file = path.join(root, 'agentdispatch.config.json');
    if (process.getuid?.() === 0) await chown(file, OWNER, OWNER);
    expect(await readConfig(file)).toMatchObject({ file });
  });
});
