import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, root, withFolder } from './selvedge.mjs';
import { space, tableIn } from './sweepKills.mjs';

/** A sweep of 20 short trials on Fashion-MNIST by two workers on PostgreSQL, one of which is killed, against one on this machine. */
export const sweepWorkers = {
  promise:
    'a sweep of 20 trials by two workers on PostgreSQL, one killed in a trial, gives the table of a sweep on one machine',
  measure: async ({ quick }) => {
    const server = process.env.SELVEDGE_TEST_DATABASE;
    if (!server) throw new Error('SELVEDGE_TEST_DATABASE does not name a PostgreSQL server with pgvector');
    return withDatabase(server, (address) =>
      withFolder(async (folder) => {
        const file = join(folder, 'space.yaml');
        const settings = { ...space.settings, ...(quick && { limit: 3000, validation: 500 }) };
        writeFileSync(file, JSON.stringify({ ...space, settings, trials: quick ? 6 : space.trials }));
        const secret = join(folder, 'database.txt');
        writeFileSync(secret, `${address}\n`, { mode: 0o600 });
        const options = ['--checkpoint-seconds', '1'];
        await execute(process.execPath, [program, 'sweep', file, '--out', join(folder, 'one'), ...options]);

        const [victim, other] = [startWorker(secret), startWorker(secret)];
        try {
          const sweep = execute(process.execPath, [
            ...[program, 'sweep', file, '--out', join(folder, 'workers'), '--database-file', secret],
            ...options,
          ]);
          sweep.catch(() => undefined);
          // Early in its second trial.
          await victim.until(/: (started|goes on)/, 2);
          if (!quick) await sleep(300);
          victim.child.kill('SIGKILL');
          await Promise.race([sweep, other.ended.then(() => Promise.reject(new Error(other.errors())))]);
        } finally {
          victim.child.kill('SIGKILL');
          other.child.kill('SIGTERM');
        }
        const [killed, stopped] = await Promise.all([victim.ended, other.ended]);
        const inHand = /trial (\d+) of [^:]*: (?:started|goes on)[^\n]*\n$/.exec(victim.output())?.[1];
        const takenOver = other.output().match(new RegExp(`trial ${inHand} of [^\\n]*: (started|goes on)[^\\n]*`))?.[0];
        const [one, two] = ['one', 'workers'].map((name) => tableIn(join(folder, name)));
        const { trials, best } = JSON.parse(one);
        const isSame = one === two;
        return {
          figure: `${isSame ? 'the same table' : 'ANOTHER TABLE'} of ${trials.length} trials`,
          passes: isSame && killed === 'SIGKILL' && stopped === 0 && inHand !== undefined && takenOver !== undefined,
          details: [
            `the killed worker had trial ${inHand ?? '(none)'} in hand; the other one: ${takenOver ?? 'did not take it over'}`,
            `the best is trial ${best} with ${trials[best].value}; the other worker ended with ${stopped} at SIGTERM`,
          ],
        };
      }),
    );
  },
};

const program = 'dist/node/cli/main.js';

function startWorker(secret) {
  const child = spawn(
    process.execPath,
    [program, 'worker', '--database-file', secret, '--jobs', 'sweep', '--threads', '1'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-2000);
  });
  const ended = new Promise((resolve) => child.on('close', (status, signal) => resolve(signal ?? status)));
  return {
    child,
    ended,
    output: () => output,
    errors: () => `a worker ended by itself: ${errors}`,
    async until(pattern, times) {
      while ((output.match(new RegExp(pattern, 'g')) ?? []).length < times) {
        if (child.exitCode !== null) throw new Error(errors);
        await sleep(20);
      }
    },
  };
}

/** Calls with the address of a new database on a server. */
async function withDatabase(server, action) {
  const { default: pg } = await import('pg');
  const name = `selvedge_sweep_${process.pid}`;
  const run = async (text) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await run(`CREATE DATABASE ${name}`);
  try {
    const address = new URL(server);
    address.pathname = `/${name}`;
    return await action(address.href);
  } finally {
    await run(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}
