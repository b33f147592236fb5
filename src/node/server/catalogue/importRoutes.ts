import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { FileFeedFormat } from '../../../core/catalogue/feeds/parseFeed.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import type { CatalogueService } from '../../catalogue/operations/service.ts';
import { httpError } from '../errors.ts';
import { mediaType, type Routes, sendJson } from '../http/routes.ts';
import { createParameters } from '../protocols/parameters.ts';
import { type AddOperation, answering } from './operationRoutes.ts';
import { flag, number } from './parameters.ts';
import type { FeedReceiver } from './receiveFeed.ts';
import { fileFormats, importNumber, importProblems, importProgress } from './schemas.ts';

/** What a feed of each content type may be; the first alone needs no detection. */
const formatsOf: Readonly<Record<string, readonly FileFeedFormat[]>> = {
  'text/csv': ['csv', 'shopify-csv'],
  'text/tab-separated-values': ['google-tsv'],
  'application/jsonl': ['jsonl'],
  'application/xml': ['google-xml'],
};
const feedText = z.string().describe('The feed. It names pictures by http or https addresses only.');

const parameters = createParameters({
  format: z
    .enum(fileFormats, { error: `one of ${fileFormats.join(', ')}` })
    .optional()
    .describe('How to read the feed; by default its content type, or what it begins with, says it.'),
  complete: flag.default(false).describe('Whether products that the feed does not name are withdrawn.'),
});

/** `/v1/catalogue/imports` */
export function importRoutes(
  routes: Routes,
  add: AddOperation,
  { imports }: CatalogueService,
  feeds: FeedReceiver,
): void {
  routes.add(
    {
      method: 'POST',
      url: '/v1/catalogue/imports',
      tag: 'Catalogue',
      summary: 'Import a feed',
      description:
        'The body is the feed. It is answered when the feed has been received and its beginning can be read; the rest is read, and pictures are processed, afterwards. ' +
        'A feed whose server stops meanwhile is interrupted: send it again.',
      role: 'admin',
      streamed: true,
      query: parameters.schemas,
      body: Object.fromEntries(Object.keys(formatsOf).map((type) => [type, feedText])),
      answer: { description: "The import's number.", json: importNumber },
      errors: [
        ...(['bad-parameter', 'empty-body', 'body-too-large', 'unsupported-body'] as const),
        ...(['bad-feed', 'not-possible', 'store-failed'] as const),
      ],
    },
    async (request, reply) => {
      const { format, complete } = parameters.read(request.query);
      const formats = formatsOf[mediaType(request.headers['content-type'] ?? '')];
      if (!formats) {
        throw httpError(
          'unsupported-body',
          `Send the feed with its content type: ${Object.keys(formatsOf).join(', ')}.`,
        );
      }
      if (format && !formats.includes(format)) {
        throw httpError('bad-parameter', `The parameter format is ${format}, which is not of the body's content type.`);
      }
      const feed = await feeds.receive(request.body as Readable, Number(request.headers['content-length']));
      // Of two imports of the same source, the later one counts: the request tells them apart.
      const started = await answering(() =>
        imports
          .upload({
            path: feed.path,
            source: `HTTP${request.context.client && `, key ${request.context.client}`}, request ${request.id}`,
            format: format ?? (formats.length === 1 ? formats[0] : undefined),
            complete,
            onRead: () => void feed.remove(),
          })
          .catch((error: unknown) => {
            if (!(error instanceof SelvedgeError) || error.code !== 'bad-data') throw error;
            throw httpError('bad-feed', error.message);
          }),
      );
      return sendJson(reply, started);
    },
  );

  const path = { id: number.describe("The import's number.") };
  add({
    method: 'GET',
    url: '/v1/catalogue/imports/:id',
    summary: 'How far an import is',
    role: 'read',
    path,
    operation: 'importProgress',
    input: ({ path: { id } }) => ({ import: id }),
    answer: 'How much was read, and what is left to process.',
    json: importProgress,
    isLookup: true,
  });
  add({
    method: 'GET',
    url: '/v1/catalogue/imports/:id/problems',
    summary: "An import's rows with mistakes",
    role: 'read',
    path,
    operation: 'importProblems',
    input: ({ path: { id } }) => ({ import: id }),
    answer: 'Up to 10,000 of them; all are counted in the import.',
    json: importProblems,
    isLookup: true,
  });
}
