import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { root, withFolder } from '../verify/selvedge.mjs';
import { closedLoop, createClient, formOf, openLoop, quantile, requestBytes } from './client.mjs';
import { metric, placeModel, startBare, startService } from './processes.mjs';

const connections = 64;
const pixels = Buffer.from(Uint8Array.from({ length: 784 }, (_, i) => (i * 37) % 256));
const png = Buffer.from(encode({ width: 28, height: 28, channels: 1, data: pixels }));
const octets = { 'Content-Type': 'application/octet-stream' };
const image = { 'Content-Type': 'image/png' };
const delayName = 'selvedge_event_loop_delay_seconds{quantile="0.99"}';
export const classifyBytes = requestBytes('/v1/classify', pixels, octets);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function rateOf(port, bytes, seconds, clients = connections) {
  const client = createClient(port, clients);
  const { rate, statuses } = await closedLoop(client, bytes, clients, seconds);
  client.close();
  const failed = Object.entries(statuses).filter(([status]) => status !== '200');
  if (failed.length > 0) throw new Error(`not every answer was 200: ${JSON.stringify(statuses)}`);
  return rate;
}

/** Requests a second of the service and of the bare route, in alternating order. */
async function ratio(ours, theirs, quick) {
  return withFolder(async (folder) => {
    placeModel(folder, 'shop', '1');
    const service = await startService(folder);
    const bare = await startBare();
    const seconds = quick ? 1 : 5;
    const rounds = quick ? 2 : 6;
    await rateOf(service.port, ours, 1);
    await rateOf(bare.port, theirs, 1);
    const found = [];
    let delay = 0;
    for (let round = 0; round < rounds; round++) {
      const measure = {
        service: async () => {
          await metric(service.port, delayName);
          const rate = await rateOf(service.port, ours, seconds);
          delay = Math.max(delay, await metric(service.port, delayName));
          return rate;
        },
        bare: () => rateOf(bare.port, theirs, seconds),
      };
      const order = round % 2 === 0 ? ['service', 'bare'] : ['bare', 'service'];
      const pair = {};
      for (const name of order) pair[name] = await measure[name]();
      found.push(pair);
    }
    await Promise.all([service.stop(), bare.stop()]);
    return {
      ratio: median(found.map((pair) => pair.service / pair.bare)),
      rate: median(found.map((pair) => pair.service)),
      delayMs: delay * 1000,
      details: found.map(
        (pair) =>
          `${Math.round(pair.service)} requests/s beside the bare route's ${Math.round(pair.bare)}: ${(pair.service / pair.bare).toFixed(3)}`,
      ),
    };
  });
}

/** 784 bytes: throughput beside a bare route, and the event loop's delay meanwhile. */
export const serveRaw = {
  promise:
    'classifying 784 bytes: at least 0.2 of a bare Fastify route, 64 connections; event loop under 20 ms late at p99',
  async measure({ quick }) {
    const {
      ratio: share,
      rate,
      delayMs,
      details,
    } = await ratio(classifyBytes, requestBytes('/raw', pixels, octets), quick);
    return {
      figure: `${share.toFixed(3)} of the bare route, ${Math.round(rate)} requests/s; event loop ${delayMs.toFixed(1)} ms late at p99, at worst`,
      passes: share >= 0.2 && delayMs < 20,
      details,
    };
  },
};

/** PNG: throughput beside a route that decodes the same PNG. */
export const servePng = {
  promise:
    'classifying a PNG: at least 0.6 of a Fastify route that decodes it with the same library, 64 connections; event loop under 20 ms late at p99',
  async measure({ quick }) {
    const {
      ratio: share,
      rate,
      delayMs,
      details,
    } = await ratio(requestBytes('/v1/classify', png, image), requestBytes('/png', png, image), quick);
    return {
      figure: `${share.toFixed(3)} of that route, ${Math.round(rate)} requests/s; event loop ${delayMs.toFixed(1)} ms late at p99, at worst`,
      passes: share >= 0.6 && delayMs < 20,
      details,
    };
  },
};

/** The most requests a second that the service answers on this machine now. */
async function capacityOf(port, quick, bytes = classifyBytes, clients = connections) {
  await rateOf(port, bytes, 1, clients);
  return rateOf(port, bytes, quick ? 1 : 5, clients);
}

/** Sixteen pictures a request: with one picture, the load generator on the same machine would use as much time as the service. */
const sixteen = requestBytes('/v1/classify', Buffer.concat(Array(16).fill(pixels)), octets);

/** Latency at half of its capacity, in an open loop. */
export const serveLatency = {
  promise: 'p99 under 25 ms at half of the capacity of the service, in an open loop',
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      placeModel(folder, 'shop', '1');
      const service = await startService(folder);
      const rate = (await capacityOf(service.port, quick)) / 2;
      const client = createClient(service.port, 256);
      // After a start the code of the service and of the load generator is still being compiled.
      const early = await openLoop(client, classifyBytes, rate, quick ? 1 : 5);
      const { due, heldBack, statuses, times } = await openLoop(client, classifyBytes, rate, quick ? 2 : 20);
      client.close();
      await service.stop();
      const p99 = quantile(times, 0.99);
      return {
        figure: `p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms at ${Math.round(rate)} requests/s`,
        passes: p99 < 25 && heldBack === 0 && statuses[200] === due,
        details: [
          `${due} requests, ${heldBack} held back, answers ${JSON.stringify(statuses)}; in the 5 s at that rate before them p99 ${quantile(early.times, 0.99).toFixed(2)} ms`,
        ],
      };
    }),
};

/** Three times its capacity. */
export const serveOverload = {
  promise:
    'at 3 × capacity for 60 s accepted requests keep their deadline, the rest get 429, memory stays bounded, it recovers',
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      placeModel(folder, 'shop', '1');
      const service = await startService(folder);
      const { port } = service;
      const capacity = await capacityOf(port, quick, sixteen, 8);
      const memory = () => metric(port, 'process_resident_memory_bytes');
      const before = await memory();
      const client = createClient(port, 1024);
      const overload = await openLoop(client, sixteen, 3 * capacity, quick ? 3 : 60);
      const { due, heldBack, statuses, ownTimes: times } = overload;
      client.close();
      const after = await memory();
      const again = createClient(port, 64);
      const recovered = await openLoop(again, sixteen, capacity / 4, 1);
      again.close();
      await service.stop();
      const slowest = times.at(-1);
      const others = Object.keys(statuses).filter((status) => status !== '200' && status !== '429');
      const grown = (after - before) / 1e6;
      return {
        figure:
          `${times.length} answered, the slowest in ${slowest.toFixed(0)} ms, ${statuses[429] ?? 0} refused with 429, ` +
          `memory ${grown.toFixed(0)} MB more; then p99 ${quantile(recovered.times, 0.99).toFixed(1)} ms at a quarter`,
        passes: others.length === 0 && slowest < 2000 && grown < 150 && recovered.statuses[200] === recovered.due,
        details: [
          `capacity ${Math.round(capacity)} requests/s of 16 pictures; ${due} were due in all, for ${heldBack} of which none of 1024 connections was free`,
          `answers ${JSON.stringify(statuses)}; accepted p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`,
        ],
      };
    }),
};

/** Photos, whose conversion costs a hundred times their classification. */
export const servePhotos = {
  promise:
    'photos of a megapixel at 3 × capacity for 60 s, then forms of 64 pictures: accepted ones keep their deadline, the rest get 429, event loop under 20 ms late at p99',
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      placeModel(folder, 'shop', '1');
      const service = await startService(folder, '--log-level', 'warn');
      const { port } = service;
      const photo = readFileSync(join(root, 'test/fixtures/photos/01-tshirt-shop.jpg'));
      const large = await sharp(photo).resize(1000, 1000, { fit: 'fill' }).jpeg({ quality: 90 }).toBuffer();
      const body = requestBytes('/v1/classify', large, { 'Content-Type': 'image/jpeg' });
      const capacity = await capacityOf(port, quick, body, 8);
      await metric(port, delayName);
      const client = createClient(port, 1024);
      const { due, statuses, ownTimes } = await openLoop(client, body, 3 * capacity, quick ? 3 : 60);
      client.close();
      const delays = [await metric(port, delayName)];
      const small = await sharp(photo).resize(64, 64, { fit: 'fill' }).png().toBuffer();
      // 64 small pictures a form: decoding them has to stay off the event loop as well as a large photo.
      const form = formOf(Array(64).fill(small));
      const formBytes = requestBytes('/v1/classify?topK=1', form.body, { 'Content-Type': form.type });
      const forms = createClient(port, 4);
      const closed = await closedLoop(forms, formBytes, 4, quick ? 2 : 10);
      forms.close();
      delays.push(await metric(port, delayName));
      await service.stop();
      const others = Object.keys({ ...statuses, ...closed.statuses }).filter((one) => one !== '200' && one !== '429');
      const milliseconds = delays.map((seconds) => (seconds * 1000).toFixed(1));
      return {
        figure:
          `${ownTimes.length} of ${due} photos answered, the slowest in ${ownTimes.at(-1).toFixed(0)} ms, ${statuses[429] ?? 0} refused with 429; ` +
          `event loop ${milliseconds[0]} ms late at p99, with forms ${milliseconds[1]} ms`,
        passes: others.length === 0 && ownTimes.at(-1) < 2000 && delays.every((seconds) => seconds < 0.02),
        details: [
          `capacity ${capacity.toFixed(0)} photos/s of ${large.length} bytes; answers ${JSON.stringify(statuses)}`,
          `${(closed.rate * 64).toFixed(0)} pictures/s in forms: ${JSON.stringify(closed.statuses)}`,
        ],
      };
    }),
};
