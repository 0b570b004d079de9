// npm run lint: ESLint and Prettier over the whole repository. Builds first, because ESLint reads generated types.
import { lint, setUp } from './steps.mjs';

process.exitCode = setUp({ quiet: true }) && lint() ? 0 : 1;
