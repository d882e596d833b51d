import type { AddressInfo, Server } from 'node:net';

/**
 * Listens on a free port of the loopback address and says so on standard error, the way the gateway does, so
 * that start times are measured alike. Ends when the parent process goes away or asks for it.
 */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stderr.write(`listening on http://127.0.0.1:${port}\n`);
  });
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
}
