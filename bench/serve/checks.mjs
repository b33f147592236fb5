import { serveFuzz, serveHostile } from './attack.mjs';
import { serveShutdown, serveSwap } from './endurance.mjs';
import { serveLatency, serveOverload, servePhotos, servePng, serveRaw } from './speed.mjs';

/** The acceptance checks of the service, for `npm run verify`. */
export const servingChecks = {
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
