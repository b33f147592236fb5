import type { RunRecord } from '../core/formats/runRecord.ts';
import { builtinNetworkName } from '../core/graph/builtin.ts';
import {
  completeConfiguration,
  defaultConfiguration,
  optionOf,
  type RunConfiguration,
  type SettingName,
  settingNames,
  showSetting,
} from '../core/training/configuration.ts';
import { isTrained } from './headline.ts';
import { type Html, html } from './html.ts';
import { integer, plural } from './numbers.ts';

/** The run's configuration and versions, and the commands that reproduce and use it. */
export function reproduce(record: RunRecord): Html {
  const { configuration, dataset, engine, machine } = record;
  const isOfPhotos = takesWholePhotos(record);
  const model = shellWord(record.model);
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Network', `${record.network.name}, ${plural(record.parameters, 'parameter')}`],
    [
      'Configuration',
      html`${
        isTrained(record) &&
        html`${plural(configuration.epochs, 'epoch')}, batches of ${integer(configuration.batchSize)},
learning rate ${configuration.learningRate}, `
      }seed ${configuration.seed}${chosenSettings(configuration).map(
        (name) => `, ${name} ${showSetting(configuration[name])}`,
      )}`,
    ],
    [
      'Data',
      html`${dataset.name}: ${integer(dataset.trainImages)} training,
${dataset.validationImages > 0 && html`${integer(dataset.validationImages)} validation,`}
${integer(dataset.testImages)} test images`,
    ],
    ['Software', `selvedge ${engine.selvedge}, ${machine.runtime}`],
    ['Machine', `${machine.processor}, ${machine.platform}, ${plural(engine.threads, 'thread')}`],
    ['Started', time(record.startedAt)],
    ['Weights', html`<code>${record.weightsSha256}</code>`],
    ['Kernels', html`<code>${engine.wasmSha256}</code>`],
  ];
  return html`<p>The same configuration, seed, data and kernels give bit-identical weights with any number of threads.</p>
${commandLine(trainCommand(record))}
${
  isOfPhotos &&
  html`<p class="note"><code>${dataset.name}</code> is the folder of the pictures, or the list that names them.</p>`
}
${
  !record.transfer &&
  builtinNetworkName(record.network.name) === undefined &&
  html`<p class="note"><code>network.json</code> is the value of <code>network.spec</code> in this folder’s
<code>run.json</code>.</p>`
}
${keyTable(rows)}
<h3>Use the model</h3>
<pre><code>selvedge predict ${model} photo.jpg
selvedge evaluate ${model}${isOfPhotos && ` --data ${shellWord(dataset.name)}`}</code></pre>
<details><summary>Check the data</summary><p class="note">SHA-256 of each uncompressed file.</p>
${keyTable(Object.entries(dataset.files).map(([file, sha256]) => [file, html`<code>${sha256}</code>`]))}</details>`;
}

const takesWholePhotos = ({ preprocessing }: RunRecord) => preprocessing.pictures?.photos === 'whole';

function trainCommand(record: RunRecord): string[] {
  const { epochs, batchSize, learningRate, seed, limit, validation } = record.configuration;
  const { transfer } = record;
  const isOfPhotos = takesWholePhotos(record);
  const how = transfer
    ? [
        `--from ${shellWord(transfer.from)}`,
        transfer.imageSize !== null && `--image-size ${transfer.imageSize}`,
        transfer.head && `--head ${transfer.head.asked}`,
      ]
    : [
        `--network ${builtinNetworkName(record.network.name) ?? 'network.json'}`,
        `--epochs ${epochs}`,
        `--batch-size ${batchSize}`,
        `--learning-rate ${learningRate}`,
      ];
  return [
    'selvedge train',
    isOfPhotos && `--data ${shellWord(record.dataset.name)}`,
    ...how,
    `--seed ${seed}`,
    limit !== null && `--limit ${limit}`,
    validation > 0 && !isOfPhotos && `--validation ${validation}`,
    ...chosenSettings(record.configuration).map(
      (name) => `${optionOf(name)} ${shellWord(showSetting(record.configuration[name]))}`,
    ),
  ].filter((part) => typeof part === 'string');
}

const alwaysShown: readonly SettingName[] = ['epochs', 'batchSize', 'learningRate', 'seed', 'limit', 'validation'];

/** Settings that are not the default ones, nor those that follow from the optimizer and the schedule. */
function chosenSettings(configuration: RunConfiguration): readonly SettingName[] {
  const { optimizer, schedule } = configuration;
  const initial: RunConfiguration = {
    ...completeConfiguration({ optimizer, schedule }),
    ...{ optimizer: defaultConfiguration.optimizer, schedule: defaultConfiguration.schedule },
  };
  return settingNames.filter(
    (name) =>
      !alwaysShown.includes(name) &&
      configuration[name] !== null &&
      showSetting(configuration[name]) !== showSetting(initial[name]),
  );
}

/** "2026-11-22T15:51:35.120Z" → "2026-11-22 15:51 UTC"; anything else stays as it is. */
function time(iso: string): Html {
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}).*Z$/.exec(iso);
  return html`<time datetime="${iso}">${parts === null ? iso : `${parts[1]} ${parts[2]} UTC`}</time>`;
}

/** A table of terms and values. */
export function keyTable(rows: readonly (readonly [string, Html | string])[]): Html {
  return html`<table class="key"><tbody>${rows.map(([term, value]) => html`<tr><th scope="row">${term}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

/** A command whose words do not break over lines. */
export function commandLine(words: readonly string[]): Html {
  return html`<pre><code>${words.map((word, i) => [i > 0 && ' ', html`<span class="word">${word}</span>`])}</code></pre>`;
}

/** One word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
