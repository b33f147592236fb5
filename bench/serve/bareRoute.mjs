// The baseline of the service: Fastify with one route that receives the body and returns a constant.
import Fastify from 'fastify';
import sharp from 'sharp';

const answer = { label: 9, name: 'Ankle boot', probability: 0.98 };
const app = Fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
app.post('/raw', async () => answer);
app.post('/png', async ({ body }) => {
  await sharp(body).raw().toBuffer();
  return answer;
});
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`Serving at http://127.0.0.1:${app.server.address().port}`);
