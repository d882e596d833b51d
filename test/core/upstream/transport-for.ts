import type { Test } from 'tap';
import { createHttpTransport, type HttpTransportOptions } from '../../../core/upstream/http-transport.ts';
import type { Transport } from '../../../sdk/transport.ts';

/** A transport that is closed when the test ends. */
export function transportFor(t: Test, options: HttpTransportOptions = {}): Transport {
  const transport = createHttpTransport(options);
  t.teardown(() => transport.close?.());
  return transport;
}
