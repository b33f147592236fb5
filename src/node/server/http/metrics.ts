import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as Metrics } from 'prom-client';
import type { Served } from '../models/registry.ts';

/** What is counted, as Prometheus reads it. */
export interface ServiceMetrics {
  /** Gives what notes a route's answers: their status, and the milliseconds they took. */
  route(route: string): (status: number, milliseconds: number) => void;
  batch(model: string, pictures: number, milliseconds: number): void;
  loaded(served: Served): void;
  refused(model: string): void;
  retired(served: Served): void;
  replaced(model: string): void;
  readonly contentType: string;
  text(): Promise<string>;
  close(): void;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** How finely the event loop's delay is told, in milliseconds. */
const resolution = 2;

export function createMetrics(models: () => readonly Served[]): ServiceMetrics {
  const register = new Metrics();
  const registers = [register];
  collectDefaultMetrics({ register });

  const requests = new Counter({
    name: 'selvedge_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['route', 'status'] as const,
    registers,
  });
  const latency = new Histogram({
    name: 'selvedge_request_seconds',
    help: 'Seconds from a request to its answer, by route.',
    labelNames: ['route'] as const,
    buckets: seconds,
    registers,
  });
  const batches = new Histogram({
    name: 'selvedge_batch_pictures',
    help: 'Pictures that were classified together.',
    labelNames: ['model'] as const,
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers,
  });
  const batchTime = new Histogram({
    name: 'selvedge_batch_seconds',
    help: 'Seconds that a batch took its worker.',
    labelNames: ['model'] as const,
    buckets: seconds,
    registers,
  });
  const info = new Gauge({
    name: 'selvedge_model_info',
    help: 'The models that answer: always 1.',
    labelNames: ['model', 'version', 'digest'] as const,
    registers,
  });
  const loads = new Counter({
    name: 'selvedge_model_loads_total',
    help: "Models' files that were loaded or refused.",
    labelNames: ['model', 'outcome'] as const,
    registers,
  });
  const replacements = new Counter({
    name: 'selvedge_workers_replaced_total',
    help: 'Worker threads that died.',
    labelNames: ['model'] as const,
    registers,
  });
  new Gauge({
    name: 'selvedge_queue_pictures',
    help: 'Pictures that wait for a worker.',
    labelNames: ['model'] as const,
    registers,
    collect() {
      this.reset();
      for (const { name, lane } of models()) this.set({ model: name }, lane.waiting());
    },
  });

  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  new Gauge({
    name: 'selvedge_event_loop_delay_seconds',
    help: 'How late the event loop was since the last time that this was asked for, by quantile.',
    labelNames: ['quantile'] as const,
    registers,
    collect() {
      // Node counts the interval that it waits for as part of the delay.
      const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolution / 1e3);
      for (const quantile of [0.5, 0.9, 0.99]) this.set({ quantile }, late(delay.percentile(quantile * 100)));
      this.set({ quantile: 1 }, late(delay.max));
      delay.reset();
    },
  });

  const labels = ({ name, version, digest }: Served) => ({ model: name, version, digest });
  return {
    route(route) {
      const ofRoute = latency.labels(route);
      const counts = new Map<number, { inc(): void }>();
      return (status, milliseconds) => {
        const count = counts.get(status) ?? requests.labels(route, String(status));
        counts.set(status, count);
        count.inc();
        ofRoute.observe(milliseconds / 1e3);
      };
    },
    batch(model, pictures, milliseconds) {
      batches.observe({ model }, pictures);
      batchTime.observe({ model }, milliseconds / 1e3);
    },
    loaded(served) {
      info.set(labels(served), 1);
      loads.inc({ model: served.name, outcome: 'loaded' });
      // A rate needs the zero before the first death.
      replacements.inc({ model: served.name }, 0);
    },
    refused: (model) => loads.inc({ model, outcome: 'refused' }),
    retired: (served) => info.remove(labels(served)),
    replaced: (model) => replacements.inc({ model }),
    contentType: register.contentType,
    text: () => register.metrics(),
    close: () => delay.disable(),
  };
}
