/** What object stores are reached with: credentials, regions, proxies, certificates. */
const ofObjectStores =
  /^((AWS|GOOGLE|GCS|AZURE)_.*|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|HOME|USERPROFILE)$/i;

/** The part of the gateway's environment that a client of S3, Google's or Azure's storage reads by itself. */
export function objectStoreEnv(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && ofObjectStores.test(name)) found[name] = value;
  }
  return found;
}
