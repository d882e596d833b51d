/** Where a server is. */
export interface BaseUrl {
  /** Scheme, host and port. */
  readonly origin: string;
  /** What comes before the API's own path, without a slash at its end; '' where there is nothing. */
  readonly prefix: string;
  /** Query with its `?`, kept on every request; '' where there is none. */
  readonly query: string;
}

/**
 * Takes a base address apart.
 *
 * @throws Error that says what is wrong with it, without repeating credentials in it.
 */
export function parseBaseUrl(text: string): BaseUrl {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(
      `base_url must be an http or https address, such as https://api.openai.com/v1; came ${JSON.stringify(text)}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    // It would be in logs and error messages as part of the address.
    throw new Error('base_url must not hold a user name or password; put the key into api_key');
  }
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, ''), query: url.search };
}
