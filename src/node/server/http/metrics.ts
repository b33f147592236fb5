import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as Metrics } from 'prom-client';
import type { Served } from '../models/registry.ts';

/** Metrics for Prometheus. */
export interface ServiceMetrics {
  /** Returns a function that records a route's answers: their status, and the milliseconds they took. */
  route(route: string): (status: number, milliseconds: number) => void;
  batch(model: string, pictures: number, milliseconds: number): void;
  loaded(served: Served): void;
  rejected(model: string): void;
  retired(served: Served): void;
  replaced(model: string): void;
  readonly contentType: string;
  text(): Promise<string>;
  close(): void;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The resolution of the event loop's delay, in milliseconds. */
const resolution = 2;

export function createMetrics(models: () => readonly Served[]): ServiceMetrics {
  const register = new Metrics();
  const registers = [register];
  collectDefaultMetrics({ register });

  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, label: L, collect: (this: Gauge<L>) => void) =>
    new Gauge({ name, help, labelNames: [label], registers, collect });
  const histogram = <L extends string>(name: string, help: string, label: L, buckets: number[]) =>
    new Histogram({ name, help, labelNames: [label], buckets, registers });

  const requests = counter('selvedge_requests_total', 'Requests answered, by route and status.', 'route', 'status');
  const latency = histogram(
    'selvedge_request_seconds',
    'Seconds from a request to its answer, by route.',
    'route',
    seconds,
  );
  const batches = histogram(
    'selvedge_batch_pictures',
    'Pictures that were classified together.',
    'model',
    [1, 2, 4, 8, 16, 32, 64, 128],
  );
  const batchTime = histogram('selvedge_batch_seconds', 'Seconds that a batch took its worker.', 'model', seconds);
  const info = new Gauge({
    name: 'selvedge_model_info',
    help: 'The models that answer: always 1.',
    labelNames: ['model', 'version', 'digest'] as const,
    registers,
  });
  const loads = counter('selvedge_model_loads_total', "Models' files that were loaded or refused.", 'model', 'outcome');
  const replacements = counter('selvedge_workers_replaced_total', 'Worker threads that died.', 'model');
  gauge('selvedge_queue_pictures', 'Pictures that wait for a worker.', 'model', function () {
    this.reset();
    for (const { name, batcher } of models()) this.set({ model: name }, batcher.waiting());
  });

  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  gauge(
    'selvedge_event_loop_delay_seconds',
    'The delay of the event loop since the last scrape, by quantile.',
    'quantile',
    function () {
      // Node includes the interval between its samples in the delay.
      const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolution / 1e3);
      for (const quantile of [0.5, 0.9, 0.99]) this.set({ quantile }, late(delay.percentile(quantile * 100)));
      this.set({ quantile: 1 }, late(delay.max));
      delay.reset();
    },
  );

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
      // A rate needs a zero before the first replacement.
      replacements.inc({ model: served.name }, 0);
    },
    rejected: (model) => loads.inc({ model, outcome: 'refused' }),
    retired: (served) => info.remove(labels(served)),
    replaced: (model) => replacements.inc({ model }),
    contentType: register.contentType,
    text: () => register.metrics(),
    close: () => delay.disable(),
  };
}
