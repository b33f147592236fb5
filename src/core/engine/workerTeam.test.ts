import { describe, expect, test } from 'vitest';
import { noAddress } from './buffers.ts';
import { startTeam } from './start.ts';
import type { Team } from './team.ts';
import { createTeamOf, type TeamWorkerEvents } from './workerTeam.ts';

interface FakeWorker extends TeamWorkerEvents {
  posted: number;
  terminated: number;
}

/** A team whose workers do what the test says; `failing` is a thread that does not start. */
function fakeTeam(threads: number, failing?: number): { team: Promise<Team>; workers: FakeWorker[] } {
  const workers: FakeWorker[] = [];
  const engine = {
    module: {},
    createTeam: (options: Parameters<typeof createTeamOf>[0]) =>
      createTeamOf(options, ({ thread }, events) => {
        if (thread === failing) throw new Error('no more workers');
        const worker: FakeWorker = { ...events, posted: 0, terminated: 0 };
        workers.push(worker);
        return {
          post: () => {
            worker.posted += 1;
          },
          terminate: () => {
            worker.terminated += 1;
          },
        };
      }),
  };
  const started = startTeam(engine, {
    plan: { programs: [], bytes: 1024, largest: noAddress },
    threads,
    scratchBytes: 0,
  });
  return { team: started.then(({ team }) => team), workers };
}

async function readyTeam(threads: number): Promise<{ team: Team; workers: FakeWorker[] }> {
  const { team, workers } = fakeTeam(threads);
  for (const { done } of workers) done();
  return { team: await team, workers };
}

describe('a team of workers', () => {
  test('is there when the last of them is ready', async () => {
    const { team, workers } = fakeTeam(2);
    let there = false;
    void team.then(() => {
      there = true;
    });
    workers[0]!.done();
    await Promise.resolve();
    expect(there).toBe(false);
    workers[1]!.done();
    expect((await team).threads).toBe(2);
  });

  test('is done with a run when the last of them is', async () => {
    const { team, workers } = await readyTeam(3);
    const run = team.run([]);
    for (const worker of workers) {
      expect(worker.posted).toBe(1);
      worker.done();
    }
    await expect(run).resolves.toBeUndefined();
  });

  test('runs one call at a time', async () => {
    const { team } = await readyTeam(1);
    void team.run([]).catch(() => {});
    await expect(team.run([])).rejects.toThrow('a team runs one call at a time');
  });

  test('a worker that fails ends them all and rejects the run and every later one with the first cause', async () => {
    const { team, workers } = await readyTeam(2);
    const run = team.run([]);
    const cause = new Error('of its own');
    workers[1]!.failed('failed (of its own)', cause);
    workers[0]!.failed('ended unexpectedly');
    const expected = {
      code: 'worker-failed',
      message: 'A worker thread failed (of its own), so the run ended.',
      cause,
    };
    await expect(run).rejects.toMatchObject(expected);
    await expect(team.run([])).rejects.toMatchObject(expected);
    expect(workers.every(({ terminated }) => terminated > 0)).toBe(true);
  });

  test('a worker that does not start ends those before it and rejects the making of the team', async () => {
    const { team, workers } = fakeTeam(3, 2);
    await expect(team).rejects.toMatchObject({
      code: 'worker-failed',
      message: 'A worker thread did not start (no more workers), so the run ended.',
      cause: { message: 'no more workers' },
    });
    expect(workers.map(({ terminated }) => terminated)).toEqual([1, 1]);
  });
});
