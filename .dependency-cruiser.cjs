/**
 * The direction of imports: node, web → views → inspection, tuning, catalogue → formats → training, evaluation → model → compile → graph, data
 * → engine. Siblings may import each other, never in a circle.
 */
const layers = [
  ['engine', '^src/core/engine/'],
  ['graph, data and statistics', '^src/core/(graph|data|statistics)/'],
  ['compile', '^src/core/compile/'],
  ['model', '^src/core/model/'],
  ['training, transfer and evaluation', '^src/core/(training|transfer|evaluation)/'],
  ['formats', '^src/core/formats/'],
  ['inspection, tuning and catalogue', '^src/core/(inspection|tuning|catalogue)/'],
  ['views', '^src/views/'],
  ['node and web', '^src/(node|web)/'],
];

const upward = layers.flatMap(([name, path], i) => {
  const above = layers.slice(i + 1).map(([, higher]) => higher);
  if (above.length === 0) return [];
  return [
    {
      name: `${name}: nothing from above`,
      severity: 'error',
      from: { path },
      to: { path: above },
    },
  ];
});

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'engine and graph: no dependencies',
      severity: 'error',
      from: { path: '^src/core/(engine|graph)/', pathNot: '\\.test\\.ts$' },
      to: { path: 'node_modules' },
    },
    { name: 'node: nothing of web', severity: 'error', from: { path: '^src/node/' }, to: { path: '^src/web/' } },
    { name: 'web: nothing of node', severity: 'error', from: { path: '^src/web/' }, to: { path: '^src/node/' } },
    {
      name: 'core, views and web: nothing of Node',
      severity: 'error',
      from: { path: '^src/(core|views|web)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'everything resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
