import { Command } from 'commander';
import { placeFrom } from '../../../catalogue/database/address.ts';
import { createLogStream } from '../../../server/log.ts';
import { availableThreads } from '../../../workers/available.ts';
import { stopSignal } from '../../interruption.ts';
import { progressOn, type Streams } from '../../progress.ts';
import { graceMs, pollMs, type ServingFlags, withListening, withStopping } from '../../serving.ts';
import { type CatalogueFlags, withWork } from './place.ts';

interface Flags extends CatalogueFlags, ServingFlags {
  readonly work: boolean;
}

/** `selvedge catalogue serve`. */
export function serveCatalogueCommand({ stdout, stderr }: Streams): Command {
  const command = withWork(
    new Command('serve').description('answer requests about the catalogue, and process imports'),
  );
  withListening(command, 'let other machines read without keys; not with --api-keys').option(
    '--no-work',
    'leave the processing of pictures to other processes',
  );
  return withStopping(command)
    .addHelpText(
      'after',
      `
Examples:
  selvedge catalogue serve --store shop
  selvedge catalogue serve --database-file database.txt --no-work
  selvedge keys add anna --role review --file keys.json
  selvedge catalogue serve --store shop --host 0.0.0.0 --api-keys keys.json

Keys have roles: read, review (and read), admin (all). Without keys, this machine may do everything, and others nothing or, with
--anonymous, read. Meanwhile other commands on the same folder go through the server. All requests are documented at /docs.
SIGTERM or Ctrl-C stops it: it answers the requests in flight, gives back its jobs and closes the database.`,
    )
    .action(async (flags: Flags) => {
      const stopped = stopSignal();
      const place = await placeFrom(flags);
      // Imported here, so that other commands do not load the web server.
      const { startCatalogue } = await import('../../../server/catalogue/startCatalogue.ts');
      const log = createLogStream(2);
      const progress = progressOn(stderr);
      progress.update(undefined, 'opening the catalogue');
      const { host, port, apiKeys, anonymous = false, logLevel } = flags;
      const running = await startCatalogue({
        ...{ place, host, port, apiKeys, anonymous, logLevel, log, pollMs },
        works: flags.work,
        catalogue: {
          command: 'selvedge catalogue serve',
          threads: flags.threads ?? availableThreads(),
          allowHosts: flags.allowHost ?? [],
          pictures: flags.pictures,
        },
      }).finally(() => progress.done(''));
      const { url } = running;
      const key = apiKeys === undefined ? '' : " -H 'Authorization: Bearer KEY'";
      stdout.write(`Serving the catalogue at ${url} (documentation: ${url}/docs)
Try it:
  curl${key} '${url}/v1/catalogue/products?limit=3'
`);
      await stopped;
      await running.stop(flags.drainMs, graceMs);
      await log.flush();
    });
}
