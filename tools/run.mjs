// `node tools/run.mjs <script> [arguments]`, on any Node >= 20 with npm:
// installs with the pinned pnpm when a manifest or the lockfile changed, then runs the script with the pinned Node.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const windows = process.platform === 'win32';
const read = (file) => readFileSync(join(root, file), 'utf8');
const pkg = JSON.parse(read('package.json'));
const parent = process.ppid;
const stamp = join(root, 'node_modules', '.setup-stamp');
const lock = join(root, '.setup-lock');

function digest() {
  const files = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', '.npmrc'];
  for (const folder of ['packages', 'apps'])
    for (const name of readdirSync(join(root, folder)).toSorted()) files.push(`${folder}/${name}/package.json`);
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const file of files) if (existsSync(join(root, file))) hash.update(file).update(read(file));
  return hash.digest('hex');
}

const isSetUp = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === digest();

function run(command, args, options) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const forward = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, forward);
    // npm puts a shell in between that does not pass signals on: stop when it is gone.
    const watch = setInterval(() => {
      if (process.ppid !== parent) child.kill('SIGTERM');
    }, 300);
    child.on('error', (error) => {
      console.error(error.message);
      done(127);
    });
    child.on('exit', (code, signal) => {
      clearInterval(watch);
      for (const name of signals) process.off(name, forward);
      done(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

function isHeld() {
  try {
    const holder = Number(readFileSync(lock, 'utf8'));
    if (holder === 0) return Date.now() - statSync(lock).mtimeMs < 2000;
    process.kill(holder, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two commands started together set up once: the second waits for the first. */
async function setUp() {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isHeld()) await sleep(200);
      else rmSync(lock, { force: true });
    }
  }
  try {
    if (isSetUp()) return 0;
    console.error('Installing the dependencies ...');
    const args = ['--yes', pkg.packageManager, 'install', '--frozen-lockfile', '--loglevel=error'];
    const code = await run(windows ? 'npx.cmd' : 'npx', args, { shell: windows, stdio: ['ignore', 2, 'inherit'] });
    if (code === 0) writeFileSync(stamp, digest());
    return code;
  } finally {
    rmSync(lock, { force: true });
  }
}

if (!isSetUp()) {
  const code = await setUp();
  if (code) process.exit(code);
}
const [script, ...rest] = process.argv.slice(2);
if (script) {
  const text = pkg.scripts[script];
  if (!text) {
    console.error(`package.json has no script ${script}`);
    process.exit(2);
  }
  const env = {
    ...process.env,
    PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
    TURBO_TELEMETRY_DISABLED: '1',
    // Of npm: it puts the pinned Node first on PATH, too.
    CALLER_NODE: process.env.npm_node_execpath ?? process.execPath,
  };
  const quote = (arg) => (windows ? JSON.stringify(arg) : `'${arg.replaceAll("'", `'\\''`)}'`);
  const line = [windows || text.includes('&&') ? text : `exec ${text}`, ...rest.map(quote)].join(' ');
  process.exit(await run(line, [], { shell: true, env }));
}
