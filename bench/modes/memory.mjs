import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../lib/children.mjs';
import { digits, table } from '../lib/figures.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { publish } from '../lib/results.mjs';
import { trainCommand } from './epochTime.mjs';

const everyMilliseconds = 100;
const epochs = 3;

/** Resident memory of a process now, and the most it has had, in MB (10⁶ bytes); Linux only. */
function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field) => (Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024) / 1e6;
  return { resident: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

/** Watches the memory of a real training run from outside; the run says on standard error when an epoch is over. */
async function watch(command) {
  const samples = [];
  const ends = [];
  let timer;
  const onSpawn = (child) => {
    const sample = () => {
      try {
        samples.push(memoryOf(child.pid));
      } catch {
        // The process has just ended.
      }
    };
    timer = setInterval(sample, everyMilliseconds);
    child.stderr.on('data', (chunk) => {
      for (const _ of String(chunk).matchAll(/^epoch \d+: /gm)) {
        sample();
        ends.push(samples.length);
      }
    });
  };
  try {
    await runProcess(command, { onSpawn });
  } finally {
    clearInterval(timer);
  }
  if (ends.length !== epochs) throw new Error(`Saw the end of ${ends.length} epochs of ${epochs}.`);
  const spans = [0, ...ends].map((from, i) => samples.slice(from, ends[i] ?? samples.length));
  return spans
    .filter((span) => span.length > 0)
    .map((span) => ({
      resident: Math.max(...span.map(({ resident }) => resident)),
      peak: span.at(-1).peak,
      atTheEnd: span.at(-1).resident,
    }));
}

/** Peak memory of a training run of three epochs, by epoch, and whether it goes on growing. */
export async function measureMemory(options) {
  const machine = describeMachine();
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-memory-'));
  const threads = Math.max(...options.threads);
  let spans;
  try {
    spans = await watch(trainCommand(join(folder, 'run'), epochs, threads, options));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const peak = Math.max(...spans.map((span) => span.peak));
  const growth = spans[2].resident - spans[1].resident;
  const names = ['start and epoch 1', 'epoch 2', 'epoch 3', 'scoring and writing'];
  const rows = spans.map((span, i) => [names[i], digits(span.resident), digits(span.atTheEnd), digits(span.peak)]);
  const head = ['', 'most resident, MB', 'at the end, MB', 'peak so far, MB'];
  const verdict = `Peak ${digits(peak)} MB; from epoch 2 to epoch 3 the most resident changes by ${growth.toFixed(1)} MB. Threads: ${threads}.`;
  const text = `${table(head, rows)}\n\n${verdict}`;
  publish('memory', { machine, text, figures: { threads, peak, growth, spans } }, options);
}
