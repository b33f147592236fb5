import { expect, it } from 'vitest';
import { seedLayers } from '../../test/fixtures/sampleRun.ts';
import { architecture, summaryTable } from './architecture.ts';

it('draws every layer of the reference network with its name, shape and parameters', () => {
  const { markup } = architecture(seedLayers);
  expect(markup.match(/<li class="layer/g)).toHaveLength(17);
  expect(markup.match(/<li class="layer learns"/g)).toHaveLength(4);
  expect(markup).toContain('maxPooling2d_2');
  expect(markup).toContain('28\u00a0×\u00a028\u00a0×\u00a032');
  expect(markup).toContain('401,536<br>parameters');
});

it('keeps every block inside its frame, whatever the network', () => {
  const shapes = [[1], [1, 1, 1], [3, 500, 2048], [224, 224, 3], [1_000_000], [7, 7, 2], [12], [13]];
  const layers = shapes.map((outputShape, i) => ({
    name: `layer_${i}`,
    type: 'relu' as const,
    inputs: [],
    outputShape,
    parameters: 0,
    multiplyAdds: 0,
  }));
  for (const some of [layers, ...layers.map((layer) => [layer])]) {
    const { markup } = architecture(some);
    expect(markup).not.toMatch(/NaN|Infinity/);
    for (const [, corners] of markup.matchAll(/points="([^"]*)"/g)) {
      for (const corner of corners!.split(' ')) {
        const [x, y] = corner.split(',').map(Number) as [number, number];
        expect(x > 0 && x < 100 && y > 0 && y < 76, corner).toBe(true);
      }
    }
  }
});

it('draws a face as high as the output is, and as wide', () => {
  const layer = {
    name: 'a',
    type: 'relu' as const,
    inputs: [],
    outputShape: [10, 40, 1],
    parameters: 0,
    multiplyAdds: 0,
  };
  const { markup } = architecture([layer]);
  const [, corners] = /class="face" points="([^"]*)"/.exec(markup)!;
  const [x, y] = [0, 1].map((axis) => corners!.split(' ').map((corner) => Number(corner.split(',')[axis])));
  const extent = (values: number[]) => Math.max(...values) - Math.min(...values);
  expect(extent(x!)).toBeCloseTo(8 + 34, 1);
  expect(extent(y!)).toBeCloseTo(8 + 34 / 4, 0);
});

it('joins the layers of a chain by arrows; a layer that reads others names them, in the table too', () => {
  const layer = (name: string, ...inputs: string[]) => ({ ...seedLayers[0]!, name, inputs });
  const chain = [layer('input'), layer('stem', 'input'), layer('relu', 'stem')];
  const graph = [...chain, layer('sum', 'relu', 'stem'), layer('side', 'stem')];
  const blocks = (layers: typeof graph) =>
    Array.from(
      architecture(layers).markup.matchAll(/<li class="layer fixed( follows)?">.*?<\/li>/gs),
      ([block, follows]) => [follows !== undefined, /reads ([^<]*)/.exec(block)?.[1]],
    );
  expect(blocks(chain)).toEqual([[false, undefined], ...Array(2).fill([true, undefined])]);
  expect(blocks(graph).slice(3)).toEqual([
    [true, 'relu, stem'],
    [false, 'stem'],
  ]);
  expect(summaryTable(chain).markup).not.toContain('inputs');
  expect(summaryTable(graph).markup).toContain('<td class="text">relu, stem</td>');
});

it('sums the table up', () => {
  expect(summaryTable(seedLayers).markup).toMatch(/total<\/th>.*<td>421,642<\/td>\s*<td>4,241,152<\/td>/s);
});
