import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type HeldJob, type JobQueue, LostLease, openJobQueue } from '../../../src/node/catalogue/jobs/jobQueue.ts';
import { type ProductJob, productJobs, productQueue } from '../../../src/node/catalogue/process/jobs.ts';
import { emptied, type Home } from './homes.ts';

export function jobQueueContract(home: () => Home): void {
  describe('jobs', () => {
    const database = () => home().database;
    const queue = () => home().queue;
    let other: JobQueue;
    beforeEach(async () => {
      await emptied(home());
      other = await openJobQueue(database(), [productQueue]);
    });
    afterEach(async () => {
      vi.useRealTimers();
      await other.close();
    });
    const send = (...products: string[]) =>
      database().transaction((transaction) => queue().send(...productJobs(products, 'm'), transaction));
    const take = async (from: JobQueue = queue()): Promise<HeldJob<ProductJob>> => {
      const job = await from.take<ProductJob>(productQueue);
      expect(job).toBeDefined();
      return job!;
    };
    const write = (name: string) => async (transaction: { query: Home['database']['query'] }) => {
      await transaction.query(`INSERT INTO settings VALUES ($1, 'true')`, [name]);
    };
    const written = async () => (await database().query('SELECT name FROM settings')).map(({ name }) => name);
    /** Lets waiting tries begin now. */
    const wait = () => database().execute(`UPDATE pgboss.job SET start_after = now() - interval '1 second'`);
    /** As if this process had been silent for longer than its leases. */
    const expire = () => database().execute(`UPDATE leases SET expires_at = now() - interval '1 second'`);

    test('jobs of a transaction that is rolled back do not exist', async () => {
      const work = database().transaction(async (transaction) => {
        await queue().send(...productJobs(['a'], 'm'), transaction);
        throw new Error('rolled back');
      });
      await expect(work).rejects.toThrow('rolled back');
      expect([await queue().pending(productQueue), await queue().take(productQueue)]).toEqual([0, undefined]);
    });

    test('a job is taken once, with its data, and is gone when it is finished', async () => {
      await send('a', 'b');
      expect(await queue().pending(productQueue)).toBe(1);
      const job = await take();
      expect(job.data).toEqual({ products: ['a', 'b'], model: 'm', pictures: 'given', tries: 0 });
      expect(await other.take(productQueue)).toBeUndefined();
      await job.finish(write('result'));
      expect([await written(), await queue().pending(productQueue), await queue().recover()]).toEqual([
        ['result'],
        0,
        0,
      ]);
      expect(await database().query('SELECT * FROM leases')).toEqual([]);
    });

    test('250 products are three jobs, which two workers share without taking any twice', async () => {
      const ids = Array.from({ length: 250 }, (_, i) => `p${i}`);
      await send(...ids);
      const taken: string[] = [];
      const drain = async (from: JobQueue) => {
        for (
          let job = await from.take<ProductJob>(productQueue);
          job;
          job = await from.take<ProductJob>(productQueue)
        ) {
          taken.push(...job.data.products);
          await job.finish(async () => {});
        }
      };
      await Promise.all([drain(queue()), drain(other)]);
      expect(taken.sort()).toEqual(ids.sort());
    });

    test('a job that is to start later is not taken before', async () => {
      const [name, [job]] = productJobs(['a'], 'm');
      const startAfter = new Date(Date.now() + 60_000);
      await database().transaction((transaction) => queue().send(name, [{ ...job!, startAfter }], transaction));
      expect(await queue().take(productQueue)).toBeUndefined();
      await wait();
      expect((await take()).data.products).toEqual(['a']);
    });

    test('what fails while a result is written leaves neither the result nor a finished job', async () => {
      await send('a');
      const job = await take();
      const failing = job.finish(async (transaction) => {
        await write('half')(transaction);
        throw new Error('no room');
      });
      await expect(failing).rejects.toThrow('no room');
      expect([await written(), await queue().pending(productQueue)]).toEqual([[], 1]);
      await job.fail('no room');
      await wait();
      expect((await take()).id).toBe(job.id);
    });

    test('a job is finished once', async () => {
      await send('a');
      const job = await take();
      await job.finish(write('first'));
      await expect(job.finish(write('second'))).rejects.toBeInstanceOf(LostLease);
      expect(await written()).toEqual(['first']);
    });

    test('a worker that was silent for too long writes nothing, and the one that took its job over does', async () => {
      await send('a');
      const lost = await take(other);
      await expire();
      expect(await queue().recover()).toBe(1);
      await wait();
      const job = await take();
      expect(job.id).toBe(lost.id);
      await expect(lost.finish(write('lost'))).rejects.toBeInstanceOf(LostLease);
      await expect(lost.fail('lost')).rejects.toBeInstanceOf(LostLease);
      await job.finish(write('kept'));
      expect(await written()).toEqual(['kept']);
    });

    test('a job whose worker lives is not recovered', async () => {
      await send('a');
      const job = await take();
      expect(await queue().recover()).toBe(0);
      await job.finish(write('kept'));
      expect(await written()).toEqual(['kept']);
    });

    test('a worker learns within 10 s that its lease is lost', async () => {
      await other.close();
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      other = await openJobQueue(database(), [productQueue]);
      await send('a');
      const job = await take(other);
      await vi.advanceTimersByTimeAsync(10_000);
      await database().query('SELECT 1');
      expect(job.signal.aborted).toBe(false);
      const [{ left }] = (await database().query(
        'SELECT extract(epoch FROM expires_at - now())::float8 AS left FROM leases',
      )) as [{ left: number }];
      expect(left).toBeGreaterThan(25);
      expect(left).toBeLessThanOrEqual(30);
      await database().execute('DELETE FROM leases');
      await vi.advanceTimersByTimeAsync(10_000);
      await vi.waitFor(() => expect(job.signal.aborted).toBe(true));
      expect(job.signal.reason).toBeInstanceOf(LostLease);
    });

    test('a released job is there at once, and counts no try', async () => {
      await send('a');
      await (await take()).release();
      await take();
      expect(await database().query('SELECT retry_count FROM pgboss.job')).toEqual([{ retry_count: 0 }]);
    });

    test('a job that fails 6 times, with longer and longer pauses, becomes a dead letter that names its products', async () => {
      await send('a', 'b');
      const pauses: number[] = [];
      for (let tries = 0; tries < 6; tries++) {
        await wait();
        await (await take()).fail(`failure ${tries}`);
        const [row] = await database().query<{ pause: number }>(
          `SELECT extract(epoch FROM start_after - now())::float8 AS pause FROM pgboss.job WHERE name = $1 AND state = 'retry'`,
          [productQueue],
        );
        if (row) pauses.push(row.pause);
      }
      expect(pauses).toHaveLength(5);
      for (const [i, pause] of pauses.entries()) {
        expect(pause).toBeGreaterThan(2 ** (i + 1) - 1);
        expect(pause).toBeLessThanOrEqual(2 ** (i + 2));
      }
      expect(await queue().take(productQueue)).toBeUndefined();
      const letters = await queue().deadLetters();
      expect(letters).toMatchObject([
        { queue: productQueue, reason: 'failure 5', data: { products: ['a', 'b'], model: 'm' } },
      ]);
      expect(Date.now() - Date.parse(letters[0]!.at)).toBeLessThan(600_000);
    });

    test('dead letters are tried again, all or those that are named, from their first try', async () => {
      for (const id of ['a', 'b', 'c']) {
        await send(id);
        for (let tries = 0; tries < 6; tries++) {
          await wait();
          await (await take()).fail('broken');
        }
      }
      const letters = await queue().deadLetters();
      expect(letters.map(({ data }) => (data as ProductJob).products)).toEqual([['a'], ['b'], ['c']]);
      expect(await queue().retry([letters[1]!.id])).toBe(1);
      const job = await take();
      expect(job.data.products).toEqual(['b']);
      await job.fail('once more');
      await wait();
      await (await take()).finish(async () => {});
      expect(await queue().retry()).toBe(2);
      expect([await queue().deadLetters(), await queue().pending(productQueue), await queue().retry()]).toEqual([
        [],
        2,
        0,
      ]);
    });

    test('a killed worker counts as a try on a server, where its job may be what kills, and not in a folder', async () => {
      await send('a');
      await take(other);
      await expire();
      expect(await queue().recover()).toBe(1);
      await wait();
      await take();
      const [row] = await database().query('SELECT retry_count FROM pgboss.job');
      expect(row).toEqual({ retry_count: database().kind === 'server' ? 1 : 0 });
    });

    test("a folder's next process takes over at once, a server's when the lease is over", async () => {
      await send('a');
      await take(other);
      expect(await queue().recover()).toBe(database().kind === 'server' ? 0 : 1);
    });
  });
}
