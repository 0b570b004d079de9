// npm run proof:<name>: the tests of one folder in their long form, where the suite runs a bounded one. Takes many minutes.
import { jest, setUp } from './steps.mjs';

process.env.AGENTDISPATCH_PROOF = 'long';
process.exitCode = setUp({ quiet: true }) && jest(['--maxWorkers=1', ...process.argv.slice(2)]) ? 0 : 1;
