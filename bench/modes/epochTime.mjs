import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../lib/children.mjs';
import { digits, median, percent, table } from '../lib/figures.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { publish } from '../lib/results.mjs';

const program = fileURLToPath(new URL('../../dist/node/cli/main.js', import.meta.url));
const tolerance = 0.05;

/** The command line of a real run; `folder` gets the run. */
export function trainCommand(folder, epochs, threads, { data, quick }) {
  const limit = quick ? ['--limit', '3000'] : [];
  const source = data === undefined ? [] : ['--data', data];
  const options = ['--epochs', `${epochs}`, '--threads', `${threads}`, '--out', folder, '--json', ...limit, ...source];
  return [process.execPath, program, 'train', ...options];
}

/** Whether `secondsPerEpoch`, as a run claims it, is what two epochs more cost when whole processes are timed. */
export async function measureEpochTime(options) {
  const machine = describeMachine();
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-epochs-'));
  const rounds = [];
  const threads = Math.max(...options.threads);
  const train = async (epochs, round) => {
    console.log(`${epochs} epoch${epochs > 1 ? 's' : ''}, round ${round + 1} of ${options.runs}`);
    const command = trainCommand(join(folder, `${round}-${epochs}`), epochs, threads, options);
    return runProcess(command);
  };
  try {
    for (let round = 0; round < options.runs; round++) {
      const one = await train(1, round);
      const three = await train(3, round);
      rounds.push({ one: one.seconds, three: three.seconds, claimed: three.answer.secondsPerEpoch });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const outside = median(rounds.map(({ one, three }) => (three - one) / 2));
  const claimed = median(rounds.map((round) => round.claimed));
  const difference = Math.abs(claimed / outside - 1);
  const rows = rounds.map(({ one, three, claimed: said }, i) => [
    `round ${i + 1}`,
    digits(one),
    digits(three),
    digits((three - one) / 2),
    digits(said),
  ]);
  const median3 = ['median', '–', '–', digits(outside), digits(claimed)];
  const head = ['', 'one epoch, s', 'three epochs, s', '(T₃ − T₁) ÷ 2, s', 'secondsPerEpoch, s'];
  const close = difference <= tolerance;
  const verdict = `Claimed and measured differ by ${percent(difference)}; the bar is ${percent(tolerance)}.`;
  const text = `${table(head, [...rows, median3])}\n\n${verdict}`;
  publish('epoch-time', { machine, text, figures: { threads, rounds, outside, claimed, difference } }, options);
  if (!close && !options.quick) throw new Error(verdict);
}
