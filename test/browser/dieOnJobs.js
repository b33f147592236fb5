// A worker that imports this first is gone, without a word, as soon as it gets jobs.
addEventListener('message', (event) => {
  if (!Array.isArray(event.data)) return;
  event.stopImmediatePropagation();
  globalThis.close();
});
