// `node count-tests.mjs <vitest report> <exit code>` prints "passed failed"; whatever did not pass has failed.
import { readFileSync } from 'node:fs';

const [report, code] = process.argv.slice(2);
const files = JSON.parse(readFileSync(report, 'utf8')).testResults;
const tests = files.flatMap((file) => file.assertionResults);
const passed = tests.filter((test) => test.status === 'passed').length;
// A file that cannot be loaded has no tests to count.
const broken = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
const failed = tests.length - passed + broken;
console.log(passed, failed === 0 && code !== '0' ? 1 : failed);
