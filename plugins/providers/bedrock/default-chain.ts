import type { Log } from '../../../sdk/services.ts';
import type { AwsCredentials } from './credentials.ts';

/**
 * Credentials from where all AWS tools look: environment, profile files, SSO, web identity, container, instance. The
 * library is large (30 ms and 13 MB, more with SSO or STS), so it is loaded with the first request that needs it.
 *
 * @param profile name in AWS's configuration files; the usual one by default.
 */
export function defaultChain(
  region: string,
  profile: string | undefined,
  log: Log,
): () => Promise<AwsCredentials> {
  return async () => {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    // A new one each time: it would keep what it found, which `CachedCredentials` does with the gateway's clock.
    const found = await defaultProvider({
      ...(profile === undefined ? {} : { profile }),
      clientConfig: { region },
      logger: loggerOf(log),
    })();
    return {
      accessKeyId: found.accessKeyId,
      secretAccessKey: found.secretAccessKey,
      sessionToken: found.sessionToken ?? null,
      expiresAtMs: found.expiration?.getTime() ?? null,
    };
  };
}

/** Warnings (two sources at once, say) go into the gateway's log instead of onto the console. */
function loggerOf(log: Log) {
  const silent = () => undefined;
  const warn = (...parts: unknown[]) =>
    log.warn(
      {
        reason: parts
          .filter((part) => typeof part === 'string')
          .join(' ')
          .slice(0, 500),
      },
      'AWS credentials',
    );
  return { debug: silent, info: silent, trace: silent, warn, error: warn };
}
