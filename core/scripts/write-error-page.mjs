// Writes docs/errors.md from the registry. Run after a build, whenever a code is added or changed; a test tells when.
import { writeFile } from 'node:fs/promises';
import { errorPage } from '../dist/errors/error-page.js';

await writeFile(new URL('../docs/errors.md', import.meta.url), errorPage());
