// The catalogue at full size: import, and similar items over HTTP.
// node bench/catalogue/speed.mjs --model RUN [--products 70000] [--database ADDRESS] [--keep DIR] [--out FILE] [--save]
// With --database also the import on a PostgreSQL server with two workers, alternating, three times each.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from '../lib/machine.mjs';
import { writeFeed } from './feed.mjs';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    products: { type: 'string', default: '70000' },
    database: { type: 'string' },
    keep: { type: 'string' },
    runs: { type: 'string', default: '3' },
    out: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const products = Number(values.products);
const program = fileURLToPath(new URL('../../dist/node/cli/main.js', import.meta.url));
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'selvedge-catalogue-'));
mkdirSync(folder, { recursive: true });
const machine = describeMachine();

/** Runs the program; its output, its time, and the most memory that it had resident, in MB. */
function run(args, environment = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let peak = 0;
    child.stdout.on('data', (text) => {
      output += text;
    });
    const timer = setInterval(() => {
      try {
        const [, size = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
        peak = Math.max(peak, Number(size) / 1000);
      } catch {
        // Not on Linux, or it has just ended.
      }
    }, 200);
    child.on('close', (status) => {
      clearInterval(timer);
      if (status !== 0) reject(new Error(`${args.join(' ')} ended with ${status}`));
      else resolve({ output, seconds: (performance.now() - began) / 1000, peak });
    });
  });
}

const feed = join(folder, 'feed');
if (!existsSync(join(feed, 'feed.csv'))) {
  console.log(`writing ${products} products`);
  rmSync(feed, { recursive: true, force: true });
  mkdirSync(feed);
  await writeFeed(feed, products);
}
const source = join(feed, 'feed.csv');
const result = { machine, products, folder: [], server: [] };

async function importToFolder() {
  const store = join(folder, 'store');
  rmSync(store, { recursive: true, force: true });
  const { output, seconds, peak } = await run([
    'catalogue',
    'import',
    source,
    '--store',
    store,
    '--model',
    values.model,
    '--json',
  ]);
  const { changed, failed } = JSON.parse(output);
  if (changed !== products || failed !== 0)
    throw new Error(`${changed} of ${products} products were imported, ${failed} failed`);
  result.folder.push({ seconds, peak });
  console.log(`folder: ${seconds.toFixed(1)} s, at most ${peak.toFixed(0)} MB`);
}

async function importToServer() {
  const environment = { SELVEDGE_DATABASE: values.database };
  const { default: pg } = await import('pg');
  const client = new pg.Client(values.database);
  await client.connect();
  await client.query('DROP SCHEMA IF EXISTS selvedge CASCADE; DROP SCHEMA IF EXISTS pgboss CASCADE');
  await client.end();
  const began = performance.now();
  const importing = run(
    ['catalogue', 'import', source, '--model', values.model, '--json', '--threads', '1'],
    environment,
  );
  // The first process has to make the schema.
  await new Promise((wake) => setTimeout(wake, 3000));
  const worker = spawn(process.execPath, [program, 'worker', '--jobs', 'catalogue', '--threads', '1'], {
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  try {
    await importing;
  } finally {
    worker.kill('SIGTERM');
    await new Promise((ended) => worker.on('close', ended));
  }
  const seconds = (performance.now() - began) / 1000;
  result.server.push({ seconds });
  console.log(`server, two workers: ${seconds.toFixed(1)} s`);
}

for (let i = 0; i < (values.database ? Number(values.runs) : 1); i++) {
  await importToFolder();
  if (values.database) await importToServer();
}

/** Requests at a steady rate; latencies in ms, and whether each was answered. */
async function load(url, perSecond, seconds) {
  const took = [];
  const ask = async (id) => {
    const began = performance.now();
    const response = await fetch(`${url}/v1/catalogue/similar`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ids: [id], limit: 10 }),
    });
    const { products: found } = await response.json();
    took.push(performance.now() - began);
    if (found?.length !== 10) throw new Error(`product ${id} has ${found?.length} similar ones`);
  };
  const asked = [];
  for (let i = 0; i < perSecond * seconds; i++) {
    asked.push(ask(`P${(i * 7919) % products}`));
    await new Promise((wake) => setTimeout(wake, 1000 / perSecond));
  }
  await Promise.all(asked);
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.max(0, Math.ceil(share * took.length) - 1)];
  return { requests: took.length, p50: at(0.5), p99: at(0.99) };
}

const store = join(folder, 'store');
async function served(work) {
  const child = spawn(
    process.execPath,
    [program, 'catalogue', 'serve', '--store', store, '--port', '0', '--log-level', 'warn'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let greeting = '';
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => {
      greeting += text;
      const [found] = /http:\/\/[\d.]+:\d+/.exec(greeting) ?? [];
      if (found) resolve(found);
    });
    child.on('close', (status) => reject(new Error(`serve ended with ${status}`)));
  });
  try {
    return await work(url);
  } finally {
    child.kill('SIGTERM');
    await new Promise((ended) => child.on('close', ended));
  }
}
const measure = (url) => load(url, 20, 3).then(() => load(url, 20, 30));
result.exact = await served(measure);
console.log(
  `similar items over HTTP, exact, 20 requests a second: p50 ${result.exact.p50.toFixed(1)} ms, p99 ${result.exact.p99.toFixed(1)} ms`,
);
const built = await run(['catalogue', 'index', '--store', store]);
result.indexSeconds = built.seconds;
result.recall = JSON.parse(
  (await run(['catalogue', 'recall', '--store', store, '--queries', '1000', '--json'])).output,
);
console.log(
  `approximate index: built in ${built.seconds.toFixed(1)} s; recall@10 ${result.recall.recall.toFixed(4)}, p50 ${result.recall.indexMs.p50.toFixed(1)} ms, p99 ${result.recall.indexMs.p99.toFixed(1)} ms in the database`,
);
result.approximate = await served(measure);
console.log(`over HTTP: p50 ${result.approximate.p50.toFixed(1)} ms, p99 ${result.approximate.p99.toFixed(1)} ms`);

if (values.out) writeFileSync(values.out, JSON.stringify(result));
if (values.save) {
  const file = fileURLToPath(new URL('../results/catalogue-speed.json', import.meta.url));
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}
if (!values.keep) rmSync(folder, { recursive: true });
