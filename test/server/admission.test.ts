import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { BatchWorker } from '../../src/node/server/scheduling/dynamicBatcher.ts';
import { photos } from '../cli/selvedge.ts';
import { modelFile, octets, picture, serviceAt } from './service.ts';

const photo = readFileSync(join(photos, '05-pullover-thumbnail.jpg'));

/** A service of one worker that takes one picture at a time, and answers it when the test says so. */
async function heldService() {
  const started: { pixel: number; end(): void }[] = [];
  let isWarm = false;
  let isOver = false;
  const openWorker = async (): Promise<BatchWorker> => ({
    answers(pictures) {
      const answers = { probabilities: new Float32Array((pictures.length / 784) * 10), features: new Float32Array() };
      if (!isWarm || isOver) {
        isWarm = true;
        return Promise.resolve(answers);
      }
      return new Promise((resolve) => started.push({ pixel: pictures[1]!, end: () => resolve(answers) }));
    },
    close: async () => undefined,
  });
  const service = await serviceAt(modelFile(), { openWorker, maxBatch: 1, queue: 2 });
  const post = (n: number, query = '', payload = picture(n)) =>
    service.app.inject({ method: 'POST', url: `/v1/classify${query}`, payload, headers: octets });
  const waiting = () => service.registry.get('shop').batcher.waiting();
  /** Ends what runs until nothing is left. */
  const endAll = async () => {
    for (let n = 0; n < started.length; n++) {
      started[n]!.end();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  // Closing the service waits for what runs, so this comes before it, also where an assertion has failed.
  onTestFinished(() => {
    isOver = true;
    return endAll();
  });
  return { ...service, started, post, waiting, endAll };
}

it('beyond the queue: 429 with the seconds to wait, for raw pictures and for photos; the accepted ones are answered', async () => {
  const { app, post, started, waiting, endAll } = await heldService();
  const accepted = [post(0)];
  await vi.waitFor(() => expect(started).toHaveLength(1));
  accepted.push(post(1), post(2));
  await vi.waitFor(() => expect(waiting()).toBe(2));
  for (const response of await Promise.all([post(3), post(4, '', photo)])) {
    expect([response.statusCode, response.json().code, response.headers['retry-after']]).toEqual([429, 'busy', '1']);
  }
  expect((await app.inject('/v1/models')).statusCode).toBe(200);
  await endAll();
  expect((await Promise.all(accepted)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  expect(started).toHaveLength(3);
});

it('what cannot be done in time is rejected at once; what waits is rejected at its deadline, and never run', async () => {
  const { post, started, waiting, endAll } = await heldService();
  const first = post(0);
  await vi.waitFor(() => expect(started).toHaveLength(1));
  expect((await post(1, '?deadlineMs=1')).json().code).toBe('busy');
  const late = await post(2, '?deadlineMs=50');
  expect([late.statusCode, late.json().code]).toEqual([504, 'past-deadline']);
  expect(waiting()).toBe(0);
  await endAll();
  expect((await first).statusCode).toBe(200);
  expect(started).toHaveLength(1);
});

it('the picture of a client that has gone is never run', async () => {
  const { app, post, started, waiting, endAll } = await heldService();
  await app.listen({ port: 0, host: '127.0.0.1' });
  const first = post(0);
  await vi.waitFor(() => expect(started).toHaveLength(1));
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write('POST /v1/classify HTTP/1.1\r\nHost: shop\r\nContent-Type: application/octet-stream\r\n');
  socket.write('Content-Length: 784\r\n\r\n');
  socket.write(picture(1));
  await vi.waitFor(() => expect(waiting()).toBe(1));
  const last = post(2);
  await vi.waitFor(() => expect(waiting()).toBe(2));
  socket.destroy();
  await vi.waitFor(() => expect(waiting()).toBe(1));
  await endAll();
  expect([(await first).statusCode, (await last).statusCode]).toEqual([200, 200]);
  expect(started.map(({ pixel }) => pixel)).toEqual([picture(0)[1], picture(2)[1]]);
});
