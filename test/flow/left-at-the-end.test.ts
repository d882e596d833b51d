import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { definePlugin } from '../../sdk/plugin.ts';
import { recordingLog } from '../../sdk/testing/fakes.ts';

for (const stream of [false, true]) {
  const what = stream ? 'streamed' : 'whole';
  t.test(
    `a client that leaves while its ${what} answer is being booked is no fault of the gateway`,
    async (t) => {
      const booking = Promise.withResolvers<void>();
      const booked = Promise.withResolvers<void>();
      const slowBooks = definePlugin({
        name: 'slow-books',
        summary: 'Takes its time over the books.',
        schema: { type: 'object' },
        needs: [],
        onFailure: 'open',
        setup: () => ({
          async settled() {
            booking.resolve();
            await booked.promise;
          },
        }),
      });
      const log = recordingLog();
      const gateway = await createGateway({
        config: {
          name: 'gateway.yaml',
          text: 'providers: { mock: { kind: mock } }\nmodels: { test: mock/a }\n',
        },
        policies: { '10-books.yaml': 'plugin: slow-books\n' },
        plugins: [slowBooks],
        env: {},
        port: 0,
        services: { log },
      });
      t.teardown(() => gateway.close());
      const { url } = await gateway.listen();
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      await once(socket, 'connect');
      const body = JSON.stringify({ model: 'test', stream, messages: [{ role: 'user', content: 'Hi' }] });
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      await booking.promise;
      socket.destroy();
      await once(socket, 'close');
      // The gateway hears of it in a turn of its own.
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      booked.resolve();
      for (let turn = 0; turn < 1000 && gateway.status().inFlight > 0; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      t.equal(gateway.status().inFlight, 0);
      t.same(
        log.lines.filter(({ level }) => level === 'error'),
        [],
      );
      t.match(gateway.recentTraces(1), [{ outcome: 'complete' }]);
    },
  );
}
