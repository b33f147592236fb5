import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../lib/children.mjs';
import { digits, median, table } from '../lib/figures.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { publish } from '../lib/results.mjs';
import { closedLoop, createClient } from '../serve/client.mjs';
import { placeModel } from '../serve/processes.mjs';
import { classifyBytes } from '../serve/speed.mjs';

const here = fileURLToPath(new URL('../../', import.meta.url));
const child = fileURLToPath(new URL('../versus/child.mjs', import.meta.url));
const program = (root) => join(root, 'dist/node/cli/main.js');
const mostRounds = 40;
const fewestRounds = 8;
const wanted = 0.01;

async function inChild(root, what, { model, data }) {
  const command = [process.execPath, child, root, what, model, ...(data ? [data] : [])];
  return (await runProcess(command)).answer;
}

/** Seconds of a command from its start to its end. */
function wholeProcess(root, args) {
  return new Promise((done, failed) => {
    const began = performance.now();
    const process_ = spawn(process.execPath, [program(root), ...args], { stdio: 'ignore' });
    process_.on('close', (status) =>
      status === 0 ? done((performance.now() - began) / 1000) : failed(new Error(`${args[0]} ended with ${status}`)),
    );
  });
}

/** Runs a service, and `use` with its port and the seconds until it was ready. */
function withService(root, model, use) {
  return new Promise((done, failed) => {
    const began = performance.now();
    const service = spawn(process.execPath, [program(root), 'serve', model, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let found;
    service.stdout.setEncoding('utf8').on('data', async (text) => {
      const port = /Serving at http:\/\/[^:]+:(\d+)/.exec(text)?.[1];
      if (!port) return;
      found = await use(Number(port), (performance.now() - began) / 1000).catch(failed);
      service.kill('SIGTERM');
    });
    service.on('close', () => done(found));
  });
}

async function requestsPerSecond(root, { model }) {
  return withService(root, model, async (port) => {
    const client = createClient(port, 64);
    await closedLoop(client, classifyBytes, 64, 2);
    const { rate } = await closedLoop(client, classifyBytes, 64, 4);
    client.close();
    return rate;
  });
}

/** What is compared: the unit, whether more is better, the bar for new ÷ old, and how one process measures it. */
const figures = {
  training: {
    unit: 'ms a step of 300',
    bar: 1.02,
    measure: async (...on) => (await inChild(on[0], 'training', on[1])).value,
  },
  memory: {
    unit: 'bytes, peak of training',
    bar: 1.02,
    measure: async (...on) => (await inChild(on[0], 'training', on[1])).memory,
  },
  ...Object.fromEntries(
    [1, 32, 300].map((size) => [
      `inference-${size}`,
      {
        unit: `µs for ${size}`,
        bar: 1.02,
        measure: async (...on) => (await inChild(on[0], `inference-${size}`, on[1])).value,
      },
    ]),
  ),
  report: {
    unit: 's, inspect --quick',
    bar: 1.02,
    measure: (root, { model, data, folder }) =>
      wholeProcess(root, [
        'inspect',
        model,
        '--quick',
        '--out',
        join(folder, 'report'),
        ...(data ? ['--data', data] : []),
      ]),
  },
  serving: { unit: 'requests/s', bar: 0.98, moreIsBetter: true, measure: requestsPerSecond },
  help: { unit: 's, --help', bar: 1.02, measure: (root) => wholeProcess(root, ['--help']) },
  'serve-ready': {
    unit: 's until serve is ready',
    bar: 1.02,
    measure: (root, { model }) => withService(root, model, async (_, seconds) => seconds),
  },
};

/** The median with its 95 % interval from order statistics. */
function medianInterval(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const reach = 0.98 * Math.sqrt(n);
  return {
    median: median(sorted),
    low: sorted[Math.max(0, Math.floor(n / 2 - reach))],
    high: sorted[Math.min(n - 1, Math.ceil(n / 2 + reach) - 1)],
  };
}

/**
 * Compares this build with another one of this program: fresh processes in rounds of old, new, old, whose order turns; the
 * median of new ÷ old, beside that of old ÷ old. Rounds are added until the interval is within 1 %, or there are 40.
 */
export async function measureVersus(options) {
  const machine = describeMachine();
  const old = resolve(options.versus);
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-versus-'));
  placeModel(folder, 'shop', '1');
  const on = { folder, model: join(folder, 'shop/1/model.safetensors'), data: options.data };
  const names = options.figures ?? Object.keys(figures);
  const rows = [];
  const results = {};
  try {
    for (const name of names) {
      const { measure, unit, bar, moreIsBetter = false } = figures[name];
      const values = { old: [], new: [], again: [] };
      const roots = { old, new: here, again: old };
      let ratio;
      for (let round = 0; round < (options.quick ? 2 : mostRounds); round++) {
        const order = round % 2 === 0 ? ['old', 'new', 'again'] : ['again', 'new', 'old'];
        for (const build of order) values[build].push(await measure(roots[build], on));
        ratio = medianInterval(values.new.map((value, i) => value / values.old[i]));
        console.error(
          `${name}: round ${round + 1}, new ÷ old ${ratio.median.toFixed(4)} (${ratio.low.toFixed(4)} to ${ratio.high.toFixed(4)})`,
        );
        if (round + 1 >= fewestRounds && ratio.high - ratio.median <= wanted && ratio.median - ratio.low <= wanted)
          break;
      }
      const same = medianInterval(values.again.map((value, i) => value / values.old[i]));
      const passes = moreIsBetter ? ratio.median >= bar : ratio.median <= bar;
      results[name] = { unit, bar, rounds: values.old.length, ratio, same, passes, values };
      const inWords = ({ median: m, low, high }) => `${m.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
      rows.push([
        name,
        unit,
        digits(median(values.old)),
        digits(median(values.new)),
        inWords(ratio),
        inWords(same),
        `${values.old.length}`,
        `${passes ? 'met' : 'MISSED'} (${moreIsBetter ? '≥' : '≤'} ${bar})`,
      ]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const head = ['figure', 'unit', 'old', 'new', 'new ÷ old', 'old ÷ old', 'rounds', 'bar'];
  publish('versus', { machine, text: table(head, rows), figures: results }, options);
}
