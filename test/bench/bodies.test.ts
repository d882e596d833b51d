import t from 'tap';
import { bodyBytes, requestBody, writeCounter } from './bodies.ts';

t.test(
  'bodies have exactly the size that the tables name, and stay JSON when the counter is written',
  (t) => {
    for (const size of ['small', 'large'] as const) {
      const { bytes, counterAt } = requestBody(size, false);
      t.equal(bytes.length, bodyBytes[size]);
      writeCounter(bytes, counterAt, 90_210);
      const { messages } = JSON.parse(bytes.toString()) as { messages: { content: string }[] };
      t.match(messages[1]?.content, /^0000090210 /);
    }
    t.end();
  },
);
