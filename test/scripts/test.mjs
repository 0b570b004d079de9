// npm test: install, build, lint, typecheck and every Jest project; arguments go to Jest and leave out lint and
// typecheck, so that `npm test -- core/src/policy` stays quick. What is skipped is named. The last line printed is
// `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installTools, jest, lint, setUp, typecheckTests } from './steps.mjs';

const jestArguments = process.argv.slice(2);
const everything = jestArguments.length === 0;
const conformance = jestArguments.some((argument) => /conformance|mcp-server|^(?:plugins|test)\/?$/.test(argument));

const total = setUp({ quiet: true }) ? runChecks() : { passed: 0, failed: 1 };
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** A failed lint, typecheck or installation of tools counts as one failure beside the tests, which run all the same. */
function runChecks() {
  const checks = [...(everything ? [lint, typecheckTests] : []), ...(everything || conformance ? [installTools] : [])];
  const broken = checks.filter((check) => !check()).length;
  const tests = runJest();
  return { passed: tests.passed, failed: tests.failed + broken };
}

function runJest() {
  const folder = mkdtempSync(join(tmpdir(), 'agentdispatch-test-'));
  const report = join(folder, 'report.json');
  try {
    const succeeded = jest([...jestArguments, '--json', `--outputFile=${report}`], { stdout: 'ignore' });
    const ran = JSON.parse(readFileSync(report, 'utf8'));
    nameSkipped(ran);
    return countTests(ran, succeeded);
  } catch (error) {
    console.error(`Jest left no readable report: ${error.message}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By the title of their outermost group, which says why. */
function nameSkipped({ testResults }) {
  const skipped = testResults.flatMap((file) => file.assertionResults).filter(({ status }) => status === 'pending');
  const groups = skipped.map(({ ancestorTitles: [group], title }) => group ?? title);
  for (const group of new Set(groups)) {
    console.error(`Skipped, ${groups.filter((other) => other === group).length} tests: ${group}`);
  }
}

/** A suite that cannot be loaded has no tests to count, so it counts as one failure itself. */
function countTests(report, succeeded) {
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed: succeeded ? failed : Math.max(failed, 1) };
}
