// Lets Node load the fakes, which are TypeScript without a build of their own: node --import ./support/typescript.mjs.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
