import { version } from '../../version.ts';
import { defaultLimits } from '../limits.ts';
import { type Json, json, list, object, ref, schemas, share, text, whole } from '../protocols/schemas.ts';
import { inputName } from '../protocols/openInference/request.ts';
import { type RefusalCode, refusals } from '../errors.ts';

const mebi = 2 ** 20;
const { bodyBytes, jsonBytes, images, pixels, explained, deadlineMs, explainDeadlineMs } = defaultLimits;

/** What any request can meet. */
const everywhere: readonly RefusalCode[] = [
  'bad-http',
  'bad-request',
  'headers-too-large',
  'too-slow',
  'wrong-method',
  'busy',
  'defect',
];
const withKey: readonly RefusalCode[] = ['key-missing', 'key-unknown', 'over-rate'];
const withModel: readonly RefusalCode[] = ['unknown-model', 'unknown-version', 'not-ready'];
const unnamed: readonly RefusalCode[] = ['model-not-named'];
const withBody: readonly RefusalCode[] = [
  'empty-body',
  'body-too-large',
  'bad-parameter',
  'past-deadline',
  'worker-failed',
  'unsupported-body',
];
const withImages: readonly RefusalCode[] = [
  'damaged-image',
  'unsupported-image',
  'bad-pixels',
  'too-many-images',
  'too-many-pixels',
  'no-garment',
  'no-conversion',
];

/** A status has one description, which lists its codes. */
function responses(ok: Json, codes: readonly RefusalCode[]): Json {
  const all = [...everywhere, ...codes];
  const statuses = [...new Set(all.map((code) => refusals[code].status))].sort((a, b) => a - b);
  const described = statuses.map((status) => {
    const own = all.filter((code) => refusals[code].status === status);
    const description = own.map((code) => `\`${code}\`: ${refusals[code].when}`).join('\n\n');
    const headers = status === 429 ? { 'Retry-After': { schema: whole, description: 'Seconds.' } } : undefined;
    const examples = Object.fromEntries(own.map((code) => [code, { value: { error: refusals[code].when, code } }]));
    const content = { 'application/json': { schema: ref('Failure'), examples } };
    return [status, { description, content, ...(headers && { headers }) }];
  });
  return { 200: ok, ...Object.fromEntries(described) };
}

const modelHeaders = {
  'X-Model-Name': { schema: text, description: 'The model that answered.' },
  'X-Model-Version': { schema: text, description: 'Its version.' },
};
const trustHeaders = {
  'X-Calibrated': { schema: { type: 'boolean' }, description: 'Whether the scores are calibrated.' },
  'X-Familiar': {
    schema: { type: 'string', enum: ['true', 'false', 'null'] },
    description: 'Whether the picture is like the training data.',
  },
  'X-Familiarity': { schema: share, description: 'The score that says so.' },
  'X-Conversion': { schema: text, description: 'What was done to the image, as JSON.' },
};
const ok = (description: string, schema: Json): Json => ({ description, content: json(schema) });
const answered = (description: string, schema: Json, headers: Json = {}): Json => ({
  ...ok(description, schema),
  headers: { ...modelHeaders, ...headers },
});

const query = (name: string, schema: Json, description: string): Json => ({ name, in: 'query', schema, description });
const path = (name: string, description: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: text,
  description,
});
const deadline = query(
  'deadlineMs',
  { type: 'integer', minimum: 1, maximum: 60000 },
  `How many milliseconds the answer may take; as --deadline-ms says (${deadlineMs}) where nothing is said, ${explainDeadlineMs} with explain.`,
);
const chosen = [
  query('model', text, 'Which model; the only one where nothing is said.'),
  query('version', text, 'Answer only if this is the version that is served.'),
];
const topK = (fallback: number) =>
  query('topK', { type: 'integer', minimum: 1, maximum: 1000, default: fallback }, 'How many classes.');
const explain = query(
  'explain',
  { type: 'boolean', default: false },
  `Why: a heat map and the key pixels of up to ${explained} pictures, by integrated gradients against black.`,
);

// The format is what makes the page show a file chooser, and generators a file.
const encoded = { schema: { type: 'string', format: 'binary', contentMediaType: 'image/*' } };
const imageBodies = {
  'image/png': encoded,
  'image/jpeg': encoded,
  'image/webp': encoded,
  'application/octet-stream': {
    schema: {
      type: 'string',
      format: 'binary',
      contentMediaType: 'application/octet-stream',
      description: `Pixels of 1 to ${images} pictures, a byte for each value, row by row: 784 bytes for 28×28. Or an image.`,
    },
  },
};

const unkeyed = { security: [] };
const huggingFace = (parameters: readonly Json[], isNamed: boolean): Json => ({
  tags: ['Hugging Face'],
  summary: 'Image classification as Hugging Face’s clients ask it',
  parameters: [
    ...parameters,
    query('version', text, 'Answer only if this is the version that is served.'),
    topK(5),
    deadline,
  ],
  requestBody: {
    required: true,
    content: { ...imageBodies, ...json(ref('HuggingFaceRequest')) },
  },
  responses: responses(
    answered('The classes, best first.', list(object({ label: text, score: share })), trustHeaders),
    [...withKey, ...withModel, ...withBody, ...withImages, ...(isNamed ? [] : unnamed), 'bad-json', 'bad-base64'],
  ),
});

const binaryTensors = { schema: { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' } };
const inferred: Json = {
  description: 'The output tensors; as JSON and binary data behind it where an output is asked for as such.',
  content: { ...json(ref('InferenceResponse')), 'application/octet-stream': binaryTensors },
  headers: {
    ...modelHeaders,
    'Inference-Header-Content-Length': { schema: whole, description: 'Bytes of JSON before binary data.' },
  },
};
const named = [path('name', "The model's name.")];
const versioned = [...named, path('version', 'Its version.')];
const openInference = (parameters: readonly Json[]) => ({
  metadata: {
    get: {
      tags: ['Open Inference Protocol'],
      summary: 'Model metadata',
      parameters,
      responses: responses(answered('The tensors it takes and gives.', ref('ModelMetadata')), [
        ...withKey,
        ...withModel,
      ]),
    },
  },
  ready: {
    get: {
      tags: ['Open Inference Protocol'],
      summary: 'Model ready',
      parameters,
      responses: responses(answered('It can answer.', object({ name: text, ready: { type: 'boolean' } })), [
        ...withKey,
        ...withModel,
      ]),
    },
  },
  infer: {
    post: {
      tags: ['Open Inference Protocol'],
      summary: 'Inference on tensors or encoded images',
      description:
        `One input, \`${inputName}\`: UINT8 [N, 28, 28, 1] with pixels 0–255, FP32 of the same shape already scaled to 0–1, ` +
        'or BYTES [N] with encoded images, base64 in JSON. The binary tensor ' +
        'extension is supported: JSON of Inference-Header-Content-Length bytes, then the data. Where the model’s card can tell, the ' +
        'outputs `familiar` and `familiarity` say whether a picture is like the training data; the parameter `conversions` says, as ' +
        'JSON, what was done to encoded images.',
      parameters: [
        ...parameters,
        deadline,
        {
          name: 'Inference-Header-Content-Length',
          in: 'header',
          schema: { type: 'integer', minimum: 1 },
          description: 'Bytes of JSON before binary data.',
        },
      ],
      requestBody: {
        required: true,
        content: {
          ...json(ref('InferenceRequest')),
          'application/octet-stream': binaryTensors,
        },
      },
      responses: responses(inferred, [
        ...withKey,
        ...withModel,
        ...withBody,
        ...withImages,
        'bad-json',
        'bad-base64',
        'bad-tensor',
      ]),
    },
  },
});
const anyVersion = openInference(named);
const oneVersion = openInference(versioned);

/** What can be asked, in OpenAPI 3.1. */
export const openApiDocument: Json = {
  openapi: '3.1.0',
  info: {
    title: 'Selvedge',
    version,
    description:
      'Classifies pictures of clothing. Every failure is `{ error, code }`: a sentence, and a word that programs can test. ' +
      `A body has up to ${bodyBytes / mebi} MiB (JSON ${jsonBytes / mebi} MiB) and ${images} pictures, an image up to ${pixels / 1e6} million pixels.`,
    license: { name: 'MIT', identifier: 'MIT' },
  },
  security: [{ bearer: [] }, { header: [] }, {}],
  // Their order on the page.
  tags: ['Selvedge', 'Hugging Face', 'Open Inference Protocol', 'Operations'].map((name) => ({ name })),
  paths: {
    '/v1/classify': {
      post: {
        tags: ['Selvedge'],
        summary: 'Classify pictures',
        description:
          'PNG, JPEG or WebP, told by their first bytes: 28×28 grey pictures as they are, others converted as the data set was ' +
          'made, light or dark background detected. A form’s files are images; its other parts are parameters like the query’s.',
        parameters: [...chosen, topK(3), explain, deadline],
        requestBody: {
          required: true,
          content: {
            ...imageBodies,
            'multipart/form-data': {
              // The parameters may stand in it too, but whoever fills in both would send them twice.
              schema: object({ image: { ...list(encoded.schema), default: [] } }),
            },
          },
        },
        responses: responses(answered('The classes of each picture.', ref('Answer')), [
          ...withKey,
          ...withModel,
          ...withBody,
          ...withImages,
          ...unnamed,
          'bad-multipart',
        ]),
      },
    },
    '/v1/models': {
      get: {
        tags: ['Selvedge'],
        summary: 'The models that are served',
        responses: responses(ok('The models.', object({ models: list(ref('Model')) })), withKey),
      },
    },
    '/': {
      get: {
        ...unkeyed,
        tags: ['Operations'],
        summary: 'Leads to the page',
        responses: { 302: { description: 'To /docs.' } },
      },
      post: huggingFace([query('model', text, 'Which model; the only one where nothing is said.')], false),
    },
    '/models/{name}': { post: huggingFace(named, true) },
    '/v2': {
      get: {
        tags: ['Open Inference Protocol'],
        summary: 'Server metadata',
        responses: responses(ok('The server.', object({ name: text, version: text, extensions: list(text) })), withKey),
      },
    },
    '/v2/health/live': {
      get: {
        ...unkeyed,
        tags: ['Open Inference Protocol'],
        summary: 'Server live',
        responses: responses(ok('It runs.', object({ live: { type: 'boolean' } })), []),
      },
    },
    '/v2/health/ready': {
      get: {
        ...unkeyed,
        tags: ['Open Inference Protocol'],
        summary: 'Server ready: every model has answered once, and it is not stopping',
        responses: {
          ...responses(ok('It is ready.', ref('Ready')), []),
          503: { description: 'It is starting or stopping.', content: json(ref('Ready')) },
        },
      },
    },
    '/v2/models/{name}': anyVersion.metadata,
    '/v2/models/{name}/ready': anyVersion.ready,
    '/v2/models/{name}/infer': anyVersion.infer,
    '/v2/models/{name}/versions/{version}': oneVersion.metadata,
    '/v2/models/{name}/versions/{version}/ready': oneVersion.ready,
    '/v2/models/{name}/versions/{version}/infer': oneVersion.infer,
    '/metrics': {
      get: {
        tags: ['Operations'],
        summary: 'Metrics for Prometheus',
        responses: responses({ description: 'The metrics.', content: { 'text/plain': { schema: text } } }, [
          ...withKey,
          'metrics-closed',
        ]),
      },
    },
    '/openapi.json': {
      get: {
        ...unkeyed,
        tags: ['Operations'],
        summary: 'This document',
        responses: responses(ok('This document.', { type: 'object' }), []),
      },
    },
    '/docs': {
      get: {
        ...unkeyed,
        tags: ['Operations'],
        summary: 'This document as a page',
        responses: responses({ description: 'A page.', content: { 'text/html': { schema: text } } }, ['unknown-route']),
      },
    },
  },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'A key made by `selvedge keys add`.' },
      header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
    },
    schemas,
  },
};
