import { serveFuzz, serveHostile } from './attack.mjs';
import { serveShutdown, serveSwap } from './endurance.mjs';
import { serveLatency, serveOverload, servePhotos, servePng, serveRaw } from './speed.mjs';

/** What the service promises, and how each is measured; part of `npm run verify`. */
export const servingBars = {
  serveRaw,
  servePng,
  serveLatency,
  serveOverload,
  servePhotos,
  serveShutdown,
  serveSwap,
  serveFuzz,
  serveHostile,
};
