import type { RunRecord } from '../core/formats/runRecord.ts';
import type { Model } from '../core/model/model.ts';
import { fixed, integer, percent, plural } from './numbers.ts';

export interface ModelCardOptions {
  readonly name: string;
  /** The identifier of a licence, as the hub lists them. */
  readonly license: string;
  /** Of the run that trained this model; without it the card has no figures. */
  readonly record: RunRecord | null;
  /** What one must know to run the ONNX file, a sentence each. */
  readonly facts: readonly string[];
}

/** A model card for the Hugging Face Hub, `README.md`: a header in YAML, then Markdown. Figures are those that were measured. */
export function modelCard(model: Model, { name, license, record, facts }: ModelCardOptions): string {
  const { network, classNames } = model;
  const sections = [
    `# ${escaped(name)}`,
    `An image classifier with ${plural(network.parameterCount, 'parameter')}, made with selvedge. Classes: ${classNames.map(escaped).join(', ')}.`,
    '## Use',
    [
      '- `onnx/model.onnx` runs in ONNX Runtime: `pixel_values` in, `logits` out; `preprocessor_config.json` and `config.json` have the size, the scaling and the classes.',
      '- `model.safetensors` is for `selvedge predict`, `evaluate`, `inspect` and `serve`.',
    ].join('\n'),
    'The ONNX file:',
    facts.map((fact) => `- ${escaped(fact)}`).join('\n'),
    '## Figures',
    record ? measured(model, record) : 'This model has no record of a run, so nothing that was measured stands here.',
    ...(record ? ['## Training', training(record)] : []),
  ];
  return `---\n${header(name, license, record)}---\n\n${sections.join('\n\n')}\n`;
}

/** JSON is YAML. */
function header(name: string, license: string, record: RunRecord | null): string {
  const entries: Record<string, unknown> = {
    license,
    library_name: 'onnx',
    pipeline_tag: 'image-classification',
    tags: ['selvedge', 'image-classification', 'onnx'],
    ...(record && {
      'model-index': [
        {
          name,
          results: [
            {
              task: { type: 'image-classification' },
              dataset: { name: record.dataset.name, type: record.dataset.name },
              metrics: [{ type: 'accuracy', name: 'test accuracy', value: record.testAccuracy }],
            },
          ],
        },
      ],
    }),
  };
  return Object.entries(entries)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('');
}

function measured({ reliability }: Model, record: RunRecord): string {
  const { evaluation, testAccuracy, testLoss, dataset } = record;
  const rows: [string, string][] = [
    ['accuracy', percent(testAccuracy)],
    ['loss, nats an image, before calibration', fixed(testLoss, 4)],
    ['macro F1', fixed(evaluation.macro.f1, 4)],
  ];
  if (reliability) {
    const { temperature, bins, test } = reliability.calibration;
    rows.push(
      ['temperature', fixed(temperature, 4)],
      [
        `expected calibration error (${bins} bins), before and after`,
        `${percent(test.before)}, ${percent(test.after)}`,
      ],
    );
  }
  const perClass = evaluation.perClass.map(
    (scores) =>
      `| ${escaped(scores.name)} | ${[scores.precision, scores.recall, scores.f1].map((one) => fixed(one, 4)).join(' | ')} | ${scores.support} |`,
  );
  return [
    `On the ${plural(dataset.testImages, 'test image')} of ${escaped(dataset.name)}, which no choice was made on:`,
    ['| metric | value |', '|---|---|', ...rows.map(([metric, value]) => `| ${metric} | ${value} |`)].join('\n'),
    ['| class | precision | recall | F1 | images |', '|---|---|---|---|---|', ...perClass].join('\n'),
  ].join('\n\n');
}

function training({ network, configuration, dataset, epochs, engine, weightsSha256 }: RunRecord): string {
  const { optimizer, learningRate, batchSize, seed } = configuration;
  return [
    `- network: ${escaped(network.name)}`,
    `- data: ${integer(dataset.trainImages)} images of ${escaped(dataset.name)}, ${integer(dataset.validationImages)} for validation`,
    `- ${plural(epochs, 'epoch')} of ${optimizer}, learning rate ${learningRate}, batches of ${batchSize}, seed ${seed}`,
    `- selvedge ${engine.selvedge}; the SHA-256 of the weights is \`${weightsSha256}\`; the same settings give the same bits`,
  ].join('\n');
}

/** Text of the user's own in Markdown. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|~]/g, '\\$&').replaceAll(/\s+/g, ' ');
}
