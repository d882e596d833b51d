import type { GatewayStatus } from '../runtime/gateway.ts';

/** What the ready line says of a gateway. */
export function statusText({ program, aliases }: GatewayStatus): string {
  return `policies ${program.version}: ${program.steps} steps; models: ${aliases.join(', ')}`;
}

/** The line below it; empty where there is no console. */
export function playgroundText(url: string, { playground }: Pick<GatewayStatus, 'playground'>): string {
  return playground ? `playground: ${url}/playground/\n` : '';
}
